/* Roteiros e mensagens prontas: a prévia acompanha o que se escreve, com os dados do cliente inventado. */
(function () {
  "use strict";

  function valores() {
    var caixa = document.querySelector("[data-valores]");
    var lidos = {};
    if (!caixa) return lidos;
    caixa.dataset.valores.split("\n").forEach(function (linha) {
      var corte = linha.indexOf("=");
      if (corte > 0) lidos[linha.slice(0, corte)] = linha.slice(corte + 1);
    });
    return lidos;
  }

  function preencher(texto, dados) {
    return texto.replace(/\{([^{}]*)\}/g, function (inteiro, nome) {
      return Object.prototype.hasOwnProperty.call(dados, nome) ? dados[nome] : inteiro;
    });
  }

  addEventListener("input", function (evento) {
    var lugar = evento.target.dataset && document.getElementById(evento.target.dataset.espelho || "");
    if (lugar) lugar.textContent = preencher(evento.target.value, valores());
  });
})();
