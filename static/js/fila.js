/* Fila: avisa que há gente atendendo, e devolve o cliente quando a página se fecha. */
(function () {
  "use strict";
  var INTERVALO = 120000; // ms entre um aviso e outro: o prazo da reserva é bem maior
  var ultimo = Date.now();

  function atendimento() { return document.getElementById("atendimento"); }

  function aindaAtendo() {
    var caixa = atendimento();
    if (!caixa || Date.now() - ultimo < INTERVALO) return;
    ultimo = Date.now();
    var velho = document.getElementById("reserva-perdida");
    if (velho) velho.remove();
    window.htmx.ajax("POST", caixa.dataset.ainda, { target: caixa, swap: "beforebegin" });
  }

  ["pointerdown", "keydown"].forEach(function (nome) { addEventListener(nome, aindaAtendo, { passive: true }); });
  document.addEventListener("htmx:afterSwap", function (evento) { if (evento.detail.target.id === "fila") ultimo = Date.now(); });

  /* sem esperar resposta: a página já foi embora */
  addEventListener("pagehide", function () {
    var caixa = atendimento();
    if (!caixa || !caixa.dataset.fechar) return;
    var dados = new FormData();
    dados.append("csrfmiddlewaretoken", document.querySelector("input[name=csrfmiddlewaretoken]").value);
    dados.append("desde", caixa.dataset.desde);
    /* debaixo do service worker o aviso de quem sai se perde com a página: é ele quem o manda */
    var casa = navigator.serviceWorker && navigator.serviceWorker.controller;
    if (casa) casa.postMessage({ enviar: caixa.dataset.fechar, campos: Array.from(dados) });
    else navigator.sendBeacon(caixa.dataset.fechar, dados);
  });

  /* voltar pelo histórico traria uma reserva que já foi devolvida */
  addEventListener("pageshow", function (evento) { if (evento.persisted) location.reload(); });
})();
