from django.apps import AppConfig


class ClientesConfig(AppConfig):
    name = "clientes"
    verbose_name = "Clientes"

    def ready(self) -> None:
        from clientes.calendario import cortar_calendario
        from contas.cortes import ao_perder_acesso

        ao_perder_acesso("endereço do calendário", cortar_calendario)
