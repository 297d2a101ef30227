"""As regras de aviso: quem, de quê, quando, por onde e com que palavras; e o motor que decide a noite inteira."""
