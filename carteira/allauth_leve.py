"""Os apps do allauth sem o que ele faria na partida: aqui só servem os modelos e as contas de cada fator.

A entrada, as páginas e os e-mails são da casa. O que o allauth carregaria ao nascer (adaptadores, verificações de
fluxos que não se usam) pesaria em toda partida, e só se importa quando alguém o usa.
"""

from allauth.account.apps import AccountConfig
from allauth.mfa.apps import MFAConfig
from allauth.socialaccount.apps import SocialAccountConfig


class Contas(AccountConfig):
    def ready(self) -> None:
        """Sem o middleware dele: quem precisa do pedido em curso o diz na hora."""


class Fatores(MFAConfig):
    def ready(self) -> None:
        """Sem os avisos dele: o endereço de cada pessoa se muda pela casa."""


class ContasDeFora(SocialAccountConfig):
    def ready(self) -> None:
        """O provedor só se carrega na entrada por ele."""
