# Imagem de produção: sem root, dependências travadas por hash, arquivos estáticos já prontos.
FROM python:3.11-slim-bookworm

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    AMBIENTE=producao \
    VAR_DIR=/dados \
    HOME=/tmp

RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /app
COPY requirements.txt ./
RUN pip install --no-cache-dir --require-hashes -r requirements.txt

COPY . .
# A chave e os endereços desta linha só existem durante a construção: nada é gravado na imagem.
# O chmod é para o clone de quem usa umask 077: a imagem roda com outro usuário.
RUN SECRET_KEY=$(python -c "import secrets; print(secrets.token_urlsafe(64))") \
    DATABASE_URL=postgres://construcao/x REDIS_URL=redis://construcao/0 \
    python manage.py collectstatic --noinput \
    && chmod -R a+rX . \
    && python -m compileall -q carteira contas clientes atividade notificacoes relatorios \
    && useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin carteira \
    && install -d -o 10001 -g 10001 -m 0700 /dados /copias

USER 10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["python", "deploy/saude.py"]
CMD ["python", "-m", "gunicorn", "--preload", "--worker-class", "carteira.servidor.Fios", "--workers", "2", "--threads", "4", "--max-requests", "2000", "--max-requests-jitter", "200", "--timeout", "120", "--graceful-timeout", "20", "--no-control-socket", "--limit-request-line", "8190", "--bind", "0.0.0.0:8000", "carteira.wsgi:application"]
