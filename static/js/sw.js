/* Service worker: a casca e o dia da pessoa abrem sem rede. Rede primeiro, sempre; só o GET passa por aqui.
   O servidor escreve VERSAO e CASCA acima deste texto. */
(function () {
  "use strict";
  const CASCA_ATUAL = `casca-${self.VERSAO}`;
  const SEM_SINAL = self.CASCA[self.CASCA.length - 1];
  const DIA = "/hoje/";
  const PRAZO = 4000; // ms de rede ruim antes de mostrar o guardado
  const VALIDADE = 3 * 24 * 3600 * 1000; // depois disto o dia guardado não serve a ninguém
  const COM_RESUMO = /\.[0-9a-f]{12}\.\w+$/; // o nome muda com o conteúdo: guardado uma vez, vale sempre

  /* sem cookie: o que se guarda na casca não é de ninguém */
  async function guardarCasca() {
    const casca = await caches.open(CASCA_ATUAL);
    await casca.addAll(self.CASCA.map((url) => new Request(url, { credentials: "omit", cache: "no-cache" })));
  }

  async function apagar(servir) {
    const nomes = await caches.keys();
    await Promise.all(nomes.filter(servir).map((nome) => caches.delete(nome)));
  }

  /* a página vem sempre da rede quando há rede: a versão nova pode assumir já, sem esperar as abas fecharem */
  self.addEventListener("install", (evento) => {
    evento.waitUntil(guardarCasca().then(() => self.skipWaiting()));
  });
  self.addEventListener("activate", (evento) => {
    const velha = (nome) => nome.startsWith("casca-") && nome !== CASCA_ATUAL;
    evento.waitUntil(apagar(velha).then(() => self.clients.claim()));
  });

  function daRede(pedido, prazo) {
    const rede = fetch(pedido);
    if (!prazo) return rede;
    const relogio = new Promise((_, recusar) => { setTimeout(() => recusar(new Error("prazo")), prazo); });
    return Promise.race([rede, relogio]);
  }

  async function estatico(pedido) {
    const guardado = await caches.match(pedido, { ignoreVary: true });
    if (guardado && COM_RESUMO.test(new URL(pedido.url).pathname)) return guardado;
    return daRede(pedido, guardado && PRAZO).catch(() => guardado || Response.error());
  }

  /* quem entra encontra o aparelho sem nada de quem saiu, antes de a página aparecer */
  async function deQuem(resposta) {
    const pessoa = resposta.headers.get("X-Aparelho");
    if (pessoa) await apagar((nome) => nome.startsWith("dia-") && nome !== `dia-${pessoa}`);
    return pessoa;
  }

  /* só a página inteira, de quem entrou: recusa, erro e desvio para a entrada nunca se guardam. A que se pediu
     antes de a pessoa sair e chega depois também não: ela já deixou o aparelho vazio */
  let saidas = 0;
  async function guardarDia(resposta, pessoa, pedidaEm) {
    const dia = await caches.open(`dia-${pessoa}`);
    await dia.put(DIA, resposta);
    if (pedidaEm !== saidas) await caches.delete(`dia-${pessoa}`);
  }

  /* a resposta que passou do prazo: guardada, a página aberta com a de antes é avisada e se refaz com ela */
  const RECENTE = 15000;
  let chegouTarde = 0;
  async function avisarQueChegou(evento, resposta) {
    if (resposta.status !== 200 || resposta.redirected) return;
    chegouTarde = Date.now();
    await new Promise((seguir) => { setTimeout(seguir, 300); }); // a página que recebeu a guardada acaba de nascer
    const aba = await self.clients.get(evento.resultingClientId || evento.clientId);
    if (aba) aba.postMessage({ diaNovo: true });
  }

  async function doDia(evento) {
    const pedido = evento.request;
    const pedidaEm = saidas;
    const rede = daRede(pedido, 0).then(async (resposta) => {
      if (pedidaEm !== saidas) return resposta; // de quem já saiu: nem guarda, nem apaga o de quem entrou depois
      const pessoa = await deQuem(resposta);
      const guarda = resposta.status === 200 && !resposta.redirected && pessoa && resposta.headers.has("X-Guardar");
      if (guarda) await guardarDia(resposta.clone(), pessoa, pedidaEm);
      else if (resposta.status < 500) await apagar((nome) => nome.startsWith("dia-"));
      return resposta;
    });
    const relogio = new Promise((seguir) => { setTimeout(seguir, PRAZO); });
    const primeira = await Promise.race([rede, relogio]).catch(() => null);
    if (primeira && primeira.status < 500) return primeira;
    if (!primeira) evento.waitUntil(rede.then((resposta) => avisarQueChegou(evento, resposta), () => {}));
    const guardada = await diaGuardado();
    return guardada || primeira || rede.catch(semSinal);
  }

  /* a página guardada diz de si que é guardada: o CSS mostra a faixa com a hora dela; a que acaba de chegar, não */
  async function diaGuardado() {
    const resposta = await caches.match(DIA, { ignoreVary: true });
    if (!resposta || Date.now() - Date.parse(resposta.headers.get("Date")) > VALIDADE) return null;
    if (Date.now() - chegouTarde < RECENTE) return resposta;
    const html = await resposta.text();
    return new Response(html.replace("<html ", "<html data-guardada "), { headers: resposta.headers });
  }

  async function semSinal() {
    return (await caches.match(SEM_SINAL, { ignoreVary: true })) || Response.error();
  }

  async function pagina(pedido) {
    try {
      const resposta = await fetch(pedido);
      await deQuem(resposta);
      return resposta;
    } catch {
      return semSinal();
    }
  }

  /* a pessoa sai; ou o que uma página manda ao se fechar: nada volta, e sem rede o prazo do servidor resolve */
  self.addEventListener("message", (evento) => {
    const { saiu, enviar, campos } = evento.data || {};
    if (saiu) {
      saidas += 1;
      evento.waitUntil(apagar((nome) => nome.startsWith("dia-")));
      return;
    }
    if (!enviar || new URL(enviar, self.location).origin !== self.location.origin) return;
    const envio = fetch(enviar, { method: "POST", body: new URLSearchParams(campos), credentials: "same-origin" });
    evento.waitUntil(envio.catch(() => {}));
  });

  self.addEventListener("fetch", (evento) => {
    const pedido = evento.request;
    const url = new URL(pedido.url);
    if (pedido.method !== "GET" || url.origin !== self.location.origin) return;
    if (url.pathname === DIA && !pedido.headers.has("HX-Request")) evento.respondWith(doDia(evento));
    else if (pedido.mode === "navigate") evento.respondWith(pagina(pedido));
    else if (self.CASCA.includes(url.pathname)) evento.respondWith(estatico(pedido));
  });
})();
