"""Para onde levam os elos dos e-mails."""

# Os e-mails nascem abaixo das páginas: os caminhos chegam a eles como dado (um teste os confere com as rotas).
CAMINHOS_DOS_EMAILS = {
    "inicio": "/",
    "aviso": "/avisos/{id}/",
    "cliente": "/clientes/{id}/",
    "contato": "/clientes/{id}/contato/",
    "fila": "/fila/",
    "whatsapp": "/clientes/{id}/whatsapp/",
    "composicao": "/composicao/",
    "agenda_da_equipe": "/agenda/?pessoa=todos",
    "perfil": "/perfil/",
    "preferencias": "/perfil/#avisos",
    "rotinas": "/rotinas/",
    "importar": "/importar/",
    "senha": "/senha/{uid}/{token}/",
    "seguranca": "/perfil/seguranca/",
    "desbloquear": "/desbloquear/{token}/",
    "descadastrar": "/descadastrar/{token}/",
    "um_clique": "/um-clique/{token}/",
    "webhook": "/webhooks/{id}/",
    "retorno": "/avisos/retorno/",
    "planos": "/credito/planos/?dono=eu",
}
