"""Geometria dos gráficos: Python puro que devolve SVG ou HTML já escapado, testável como texto."""
