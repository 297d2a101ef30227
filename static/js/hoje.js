/* O dia sem rede: o formulário em branco que já veio na página, os que esperam sinal e a conversa do WhatsApp. */
(function () {
  "use strict";
  const dia = () => document.getElementById("dia");
  const modelo = document.getElementById("contato-sem-rede");
  const dialogo = document.getElementById("dialogo");
  const guardada = document.documentElement.hasAttribute("data-guardada");
  const PRAZO = 5000;

  function semRede() { return !navigator.onLine || guardada; }
  function doDia(elemento) { return elemento && elemento.closest && elemento.closest("#dia [data-cliente]"); }

  /* a página pode ser de horas atrás: "até agora" é o agora do aparelho */
  function agora() {
    const d = new Date();
    return new Date(d - d.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
  }

  function abrirFormulario(cliente) {
    dialogo.replaceChildren(modelo.content.cloneNode(true));
    const form = dialogo.querySelector("form");
    const acao = cliente.querySelector("[data-registrar]").getAttribute("href");
    form.setAttribute("action", acao);
    form.setAttribute("hx-post", acao);
    form.setAttribute("hx-target", "#dialogo");
    form.elements.chave.value = crypto.randomUUID();
    form.querySelectorAll("[type=datetime-local][max]").forEach((campo) => { campo.max = agora(); });
    dialogo.querySelector("[data-nome]").textContent = cliente.dataset.nome;
    window.htmx.process(form);
    if (!dialogo.open) dialogo.showModal();
    dialogo.querySelector("h2").focus();
  }

  addEventListener("click", (evento) => {
    const cliente = doDia(evento.target.closest("[data-registrar]"));
    if (!cliente || !semRede()) return;
    evento.preventDefault();
    evento.stopPropagation();
    abrirFormulario(cliente);
  }, true);

  /* a rede que existe e não responde dá no mesmo */
  document.addEventListener("htmx:configRequest", (evento) => {
    if (evento.detail.elt.matches("[data-registrar]") && doDia(evento.detail.elt)) evento.detail.timeout = PRAZO;
  });
  function naoVeio(evento) {
    const cliente = evento.detail.elt.matches("[data-registrar]") && doDia(evento.detail.elt);
    if (!cliente) return;
    evento.stopImmediatePropagation();
    abrirFormulario(cliente);
  }
  document.addEventListener("htmx:sendError", naoVeio, true);
  document.addEventListener("htmx:timeout", naoVeio, true);

  /* sem a casa no caminho, a conversa abre direto e a tentativa segue depois */
  addEventListener("submit", (evento) => {
    const cliente = doDia(evento.target);
    if (!cliente || !semRede() || !cliente.dataset.numero || !evento.target.querySelector("[data-whatsapp]")) return;
    evento.preventDefault();
    evento.stopPropagation();
    window.guardados.por({
      chave: crypto.randomUUID(),
      acao: evento.target.getAttribute("action"),
      cliente: cliente.dataset.nome,
      campos: [],
      texto: "Conversa aberta no WhatsApp",
      digitado_em: new Date().toISOString(),
      estado: "esperando",
      porque: "sem_rede",
    });
    window.open(`https://wa.me/${cliente.dataset.numero}`, "_blank", "noopener");
  }, true);

  /* quem já foi registrado e ainda espera aparece marcado; ninguém liga duas vezes */
  function marcar(itens) {
    const esperam = itens.filter((item) => item.estado !== "recusado").map((item) => item.acao);
    dia().querySelectorAll("[data-cliente]").forEach((cliente) => {
      const espera = esperam.some((acao) => acao.includes(`/clientes/${cliente.dataset.cliente}/`));
      cliente.classList.toggle("esperando", espera);
      cliente.querySelector(".espera").hidden = !espera;
    });
  }
  /* os avisos de quando a página foi guardada já foram lidos */
  if (guardada) document.querySelectorAll("#avisos [data-aviso]").forEach((aviso) => aviso.remove());

  let ultimos = [];
  document.addEventListener("esperaMostrada", (evento) => { ultimos = evento.detail; marcar(ultimos); });
  document.addEventListener("htmx:load", () => marcar(ultimos));

  /* chegou tudo: a página guardada dá lugar à do servidor */
  document.addEventListener("guardadosChegaram", () => { if (guardada) location.reload(); });
  function refazer() { if (guardada && !document.querySelector("dialog[open]")) location.reload(); }
  addEventListener("online", refazer);
  if (navigator.serviceWorker) {
    navigator.serviceWorker.addEventListener("message", (evento) => { if (evento.data && evento.data.diaNovo) refazer(); });
  }
})();
