"""O adaptador do allauth: os segredos do segundo passo vão ao banco cifrados, com chave própria."""

from allauth.mfa.adapter import DefaultMFAAdapter

from notificacoes.cifra import cifrar, decifrar

USO = "segundo-passo"


class Adaptador(DefaultMFAAdapter):
    def encrypt(self, text: str) -> str:
        return cifrar(text, USO)

    def decrypt(self, encrypted_text: str) -> str:
        return decifrar(encrypted_text, USO)
