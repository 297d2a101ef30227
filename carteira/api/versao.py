"""O `If-Match` no esquema: quem muda diz que versão viu."""

from drf_spectacular.utils import OpenApiParameter

IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="O `ETag` da leitura. Sem ele, 428; se o objeto mudou desde então, 412.",
)
