"""Pessoas que usam o Carteira ou cujas carteiras ele mostra."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower

from contas.models.empresa import Empresa
from contas.texto import chave_de_nome


class Papel(models.TextChoices):
    VENDEDOR = "vendedor", "Vendedor"
    GESTOR = "gestor", "Gestor"
    ADMIN = "admin", "Administrador de vendas"
    LEITURA = "leitura", "Leitura"


class TipoDeVendedor(models.TextChoices):
    EXTERNO = "externo", "Externo (representante)"
    INTERNO = "interno", "Interno (televendas)"


class OrdemDaFila(models.TextChoices):
    """Por que ordem a pessoa prefere ligar: o que a empresa perderia, ou só a chance de perder."""

    PERDA = "perda", "Perda esperada"
    RISCO = "risco", "Risco"


class UsuarioManager(BaseUserManager["Usuario"]):
    def get_by_natural_key(self, username: str | None) -> "Usuario":
        """Igualdade com o que se guarda: o banco diria que "ı" e "İ" são o "i" de outra pessoa."""
        return self.get(email=(username or "").strip().lower())

    def create_user(self, email: str | None = None, password: str | None = None, **campos: Any) -> "Usuario":
        """Cria uma pessoa; sem senha ela fica sem acesso até ser convidada."""
        usuario = self.model(email=(email or "").strip().lower() or None, **campos)
        usuario.set_password(password)
        usuario.save(using=self._db)
        return usuario

    def create_superuser(self, email: str, password: str | None = None, **campos: Any) -> "Usuario":
        campos.setdefault("papel", Papel.ADMIN)
        campos.setdefault("nome", "Administrador")
        usuario = self.create_user(email, password, **campos)
        for empresa in Empresa.objects.all():
            Vinculo.objects.get_or_create(usuario=usuario, empresa=empresa)
        return usuario


class Usuario(AbstractBaseUser, PermissionsMixin):
    """Pessoa com um papel. Vendedor que um arquivo nomeia nasce sem e-mail e sem acesso."""

    email = models.EmailField("e-mail", unique=True, null=True, blank=True)
    nome = models.CharField("nome", max_length=120)
    nome_chave = models.CharField("nome para comparação", max_length=120, editable=False)
    papel = models.CharField("papel", max_length=10, choices=Papel.choices, default=Papel.VENDEDOR)
    tipo = models.CharField(
        "tipo de vendedor", max_length=8, choices=TipoDeVendedor.choices, default=TipoDeVendedor.EXTERNO
    )
    telefone = models.CharField("telefone", max_length=20, blank=True)
    # Vazia, vale a da empresa (ParametrosDaFila.capacidade_padrao).
    capacidade_diaria = models.PositiveSmallIntegerField("contatos por dia", null=True, blank=True)
    ordem_da_fila = models.CharField(
        "ordem da fila", max_length=5, choices=OrdemDaFila.choices, default=OrdemDaFila.PERDA
    )
    pode_exportar = models.BooleanField("pode exportar", default=False)
    # A decisão sobre esta pessoa; sem ela vale a do papel, e administrador sempre vê.
    ve_credito = models.BooleanField("vê score e restrições", null=True, blank=True, default=None)
    # Escrita pelo banco, do papel e da última decisão (`CreditoPorPapel`): ninguém a muda por aqui.
    credito_do_papel = models.BooleanField("crédito pelo papel", db_default=False, editable=False)
    recebe_emails = models.BooleanField("recebe os resumos por e-mail", default=True)
    # Vazia, a hora de cada regra de aviso.
    hora_dos_avisos = models.TimeField("hora dos avisos", null=True, blank=True)
    atalhos = models.BooleanField("atalhos de teclado", default=True)
    # Como assina os recados que manda: "Att. Adm. Vendas".
    assinatura = models.CharField("assinatura", max_length=120, blank=True)
    is_active = models.BooleanField("ativo", default=True)
    is_staff = False
    convidado_em = models.DateTimeField("convidado em", null=True, blank=True)
    desativado_em = models.DateTimeField("desativado em", null=True, blank=True)
    reativado_em = models.DateTimeField("reativado em", null=True, blank=True)
    criado_em = models.DateTimeField("criado em", auto_now_add=True)
    empresas: Any = models.ManyToManyField(
        Empresa, through="Vinculo", related_name="pessoas", verbose_name="empresas"
    )

    # Quem a está vendo por dentro, só leitura, e até quando: vale no pedido, nunca no banco (`carteira.ver_como`).
    olhado_por: "Usuario | None" = None
    olhado_ate: Any = None

    objects: ClassVar[UsuarioManager] = UsuarioManager()
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["nome"]

    class Meta:
        verbose_name, verbose_name_plural = "pessoa", "pessoas"
        ordering = ("nome_chave", "id")
        constraints = (
            models.UniqueConstraint(
                Lower("email"),
                name="usuario_email_unico",
                violation_error_message="Já existe uma pessoa com este e-mail.",
            ),
            models.CheckConstraint(
                name="usuario_papel_conhecido", condition=models.Q(papel__in=[p.value for p in Papel])
            ),
        )
        indexes = (models.Index(fields=["nome_chave"], name="usuario_por_nome"),)  # vendedor do arquivo

    def __str__(self) -> str:
        return self.nome

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.nome_chave = chave_de_nome(self.nome)
        self.email = (self.email or "").strip().lower() or None
        nova = self._state.adding
        super().save(*args, **kwargs)
        if (
            not nova and kwargs.get("update_fields") is None
        ):  # o papel pode ter mudado, e o banco refez o que ele vê
            self.refresh_from_db(fields=["credito_do_papel"])

    def get_full_name(self) -> str:
        return self.nome

    def get_short_name(self) -> str:
        return self.nome.split(" ")[0]

    @property
    def tem_acesso(self) -> bool:
        """Pode entrar: está ativa, tem e-mail e já definiu senha."""
        return self.is_active and bool(self.email) and self.has_usable_password()


class Vinculo(models.Model):
    """A pessoa dentro de uma empresa: dá acesso a ela e guarda o código de vendedor no ERP."""

    usuario = models.ForeignKey(Usuario, models.CASCADE, related_name="vinculos", verbose_name="pessoa")
    empresa = models.ForeignKey(Empresa, models.CASCADE, related_name="vinculos", verbose_name="empresa")
    codigo_erp = models.CharField("código no ERP", max_length=40, null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = "vínculo", "vínculos"
        constraints = (
            models.UniqueConstraint(fields=["usuario", "empresa"], name="vinculo_unico"),
            models.UniqueConstraint(
                fields=["empresa", "codigo_erp"],
                name="vinculo_codigo_unico",
                violation_error_message="Este código de vendedor já é de outra pessoa nesta empresa.",
            ),
        )

    def __str__(self) -> str:
        return f"{self.usuario} em {self.empresa}"
