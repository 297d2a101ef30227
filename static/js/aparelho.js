/* O aparelho de quem vende: registra o service worker, mantém o dia guardado fresco e, ao sair, não deixa nada. */
(function () {
  "use strict";
  const guardados = window.guardados;
  const trabalhador = navigator.serviceWorker;
  if (!guardados) return;
  const DIA = "/hoje/";
  const FRESCO = 15 * 60000;
  const FOLGA = 3000; // primeiro a página que a pessoa pediu

  /* quem começa o dia na lista de clientes também o leva no bolso */
  async function aquecer() {
    if (!navigator.onLine || location.pathname === DIA) return;
    const guardada = await caches.match(DIA, { ignoreVary: true });
    const de = guardada ? Date.parse(guardada.headers.get("Date")) : 0;
    if (!(Date.now() - de < FRESCO)) await fetch(DIA);
  }

  if (trabalhador) {
    trabalhador.register("/sw.js", { updateViaCache: "none" }).catch(() => null);
    trabalhador.ready.then(() => { setTimeout(() => { aquecer().catch(() => null); }, FOLGA); });
    document.addEventListener("guardadosChegaram", () => fetch(DIA).catch(() => null));
  }

  /* ── Sair ───────────────────────────────────────────────── */
  const pergunta = document.getElementById("sair-com-guardados");
  let saindo = null;

  function um(seletor) { return pergunta.querySelector(seletor); }

  /* o servidor também manda limpar (Clear-Site-Data); isto vale para o navegador que não o entende */
  async function limpar() {
    if (trabalhador && trabalhador.controller) trabalhador.controller.postMessage({ saiu: true });
    await guardados.apagarTudo();
    const nomes = await caches.keys();
    await Promise.all(nomes.map((nome) => caches.delete(nome)));
    const registros = trabalhador ? await trabalhador.getRegistrations() : [];
    await Promise.all(registros.map((registro) => registro.unregister()));
  }

  async function sair() {
    await limpar().catch(() => null);
    saindo.submit();
  }

  async function perguntar(quantos) {
    um("[data-quantos]").textContent = quantos === 1 ? "1 contato ainda não foi enviado" : `${quantos} contatos ainda não foram enviados`;
    um(".erro").hidden = true;
    const aberto = document.querySelector("dialog[open]");
    if (aberto) aberto.close();
    const menu = document.querySelector("[popover]:popover-open");
    if (menu) menu.hidePopover();
    pergunta.showModal();
    um("h2").focus();
  }

  addEventListener("submit", (evento) => {
    if (!evento.target.matches("form[action$='/sair/']")) return;
    evento.preventDefault();
    evento.stopPropagation();
    saindo = evento.target;
    guardados.todos().then((itens) => (itens.length ? perguntar(itens.length) : sair()), sair);
  }, true);

  um("[data-apagar-e-sair]").addEventListener("click", sair);
  um("[data-enviar-e-sair]").addEventListener("click", async () => {
    await window.envio.enviar().catch(() => null);
    if ((await guardados.todos()).length) um(".erro").hidden = false;
    else await sair();
  });
})();
