from django.urls import include, path

urlpatterns = [
    # Pelo nome do módulo, sem `include`: o DRF só se carrega quando alguém chama a API.
    path("api/v1/", ("carteira.api.urls", "api", "api")),
    path("", include("carteira.web.urls")),
]
