/* O sino e o que mais chega sem ser pedido: confere a cada minuto com a aba à vista, e falha em silêncio. */
(function () {
  "use strict";
  var INTERVALO = 60000;
  var MINIMO = 5000; // ir e voltar entre abas não pergunta a cada vez
  var ultima = Date.now();

  function conferir() {
    var sino = document.getElementById("sino");
    if (!sino || document.hidden || navigator.onLine === false) return;
    ultima = Date.now();
    window.htmx.trigger(sino, "conferir");
  }

  setInterval(conferir, INTERVALO);
  document.addEventListener("visibilitychange", function () {
    if (!document.hidden && Date.now() - ultima > MINIMO) conferir();
  });

  /* ninguém pediu: sem rede ou sem sessão não se incomoda a pessoa, nem se escurece o alvo */
  ["htmx:beforeRequest", "htmx:afterRequest", "htmx:sendError", "htmx:timeout", "htmx:responseError"].forEach(function (nome) {
    document.addEventListener(nome, function (evento) {
      if (evento.target.matches("[data-quieto]")) evento.stopPropagation();
    }, true);
  });
})();
