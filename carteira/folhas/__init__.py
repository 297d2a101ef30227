"""As páginas com desenho próprio que também se levam em PDF: o mesmo molde, os mesmos números, em papel."""
