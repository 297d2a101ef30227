/* Leva o que espera sinal: um por vez, na ordem em que foi digitado, por uma aba só. A chave de cada
   formulário faz dele um contato só, mesmo quando a resposta se perde e o envio se repete. */
(function () {
  "use strict";
  const guardados = window.guardados;
  if (!guardados) return;
  const PRAZO = 20000;
  const A_CAMINHO = 60000; // o que a própria página está enviando: ninguém o leva antes disso
  const PRIMEIRA_ESPERA = 4000; // dobra a cada vez que não dá, até um minuto
  const MAIOR_ESPERA = 60000;
  const MOTIVOS = {
    403: "O seu papel não permite registrar contatos.",
    404: "Este cliente não está mais na sua carteira.",
  };
  let situacao = ""; // "", "sem_rede", "falhou", "entrar", "outra_pessoa"
  let espera = PRIMEIRA_ESPERA;
  let relogio = 0;

  const PARADAS = { sem_rede: true, entrar: true, outra_pessoa: true, falhou: false }; // o que falha sozinho não prende os outros

  function corpo(item) {
    const dados = new URLSearchParams(item.campos);
    dados.set("chave", item.chave);
    dados.set("pessoa", guardados.pessoa);
    dados.set("digitado_em", item.digitado_em);
    dados.set("agora", new Date().toISOString());
    return dados;
  }

  /* apresenta-se como o htmx: sessão vencida responde 401 e chave velha responde 403 com a nova */
  function pedir(item) {
    return fetch(`${item.acao}do-aparelho/`, {
      method: "POST",
      body: corpo(item),
      headers: { "HX-Request": "true", ...JSON.parse(document.body.getAttribute("hx-headers")) },
      redirect: "error",
      signal: AbortSignal.timeout(PRAZO),
    });
  }

  function trocarChave(chave) {
    document.body.setAttribute("hx-headers", JSON.stringify({ "X-CSRFToken": chave }));
    document.querySelectorAll("input[name=csrfmiddlewaretoken]").forEach((campo) => { campo.value = chave; });
  }

  async function entregar(item) {
    let resposta = await pedir(item);
    const nova = resposta.headers.get("X-CSRF-Novo");
    if (nova) {
      trocarChave(nova);
      resposta = await pedir(item);
    }
    if (resposta.status === 401) return { estado: "entrar" };
    if (resposta.status in MOTIVOS) return { estado: "recusado", motivo: MOTIVOS[resposta.status] };
    if ((resposta.headers.get("Content-Type") || "").startsWith("application/json")) return resposta.json();
    return { estado: "falhou" };
  }

  async function levar(item) {
    const fim = await entregar(item).catch(() => ({ estado: "sem_rede" }));
    if (fim.estado === "registrado" || fim.estado === "ja_estava") await guardados.tirar(item.chave);
    if (fim.estado === "recusado") await guardados.por({ ...item, estado: "recusado", motivo: fim.motivo });
    return fim.estado;
  }

  function pronto(item) {
    return item.estado === "esperando" || (item.estado === "enviando" && Date.now() - item.desde > A_CAMINHO);
  }

  async function levarTodos() {
    let registrados = 0;
    situacao = "";
    for (const item of (await guardados.todos()).filter(pronto)) {
      const estado = await levar(item);
      if (estado === "registrado") registrados += 1;
      if (estado in PARADAS) situacao = estado;
      if (PARADAS[estado]) break;
    }
    if (!situacao) espera = PRIMEIRA_ESPERA;
    else espera = situacao === "entrar" ? MAIOR_ESPERA : Math.min(espera * 2, MAIOR_ESPERA); // quem entra recarrega a página
    if (registrados) contar(registrados);
    document.dispatchEvent(new CustomEvent("guardadosMudaram"));
  }

  /* o aviso de que a rede voltou nem sempre vem: enquanto houver o que enviar, tenta-se de novo */
  async function marcarOutraVez() {
    const faltam = (await guardados.todos()).some((item) => item.estado !== "recusado");
    if (faltam && !relogio) relogio = setTimeout(tentar, espera);
  }

  function contar(quantos) {
    const texto = quantos === 1 ? "1 contato que esperava sinal foi registrado." : `${quantos} contatos que esperavam sinal foram registrados.`;
    document.body.dispatchEvent(new CustomEvent("avisar", { bubbles: true, detail: { texto } }));
    document.body.dispatchEvent(new CustomEvent("contatoMudou", { bubbles: true }));
    document.dispatchEvent(new CustomEvent("guardadosChegaram"));
  }

  /* quem pede com o dedo espera a vez; o que se tenta sozinho deixa para quem já está enviando */
  function enviar({ sozinho = false } = {}) {
    return navigator.locks.request(`carteira-envio-${guardados.pessoa}`, { ifAvailable: sozinho }, (trava) => trava && levarTodos());
  }

  /* o formulário que ainda está na tela guarda o próprio texto: não se envia por trás de quem o corrige */
  async function soltarOsDaTela() {
    for (const item of await guardados.todos()) {
      const campo = document.querySelector(`form[data-contato] [name=chave][value="${item.chave}"]`);
      if (campo && item.estado !== "recusado") await guardados.tirar(item.chave);
    }
  }

  function tentar() {
    clearTimeout(relogio);
    relogio = 0;
    enviar({ sozinho: true }).then(marcarOutraVez).catch(() => null);
  }

  addEventListener("online", tentar);
  document.addEventListener("guardadosMudaram", () => { marcarOutraVez().catch(() => null); });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) tentar(); });
  soltarOsDaTela().then(tentar, () => null);

  window.envio = { enviar, situacao: () => situacao };
})();
