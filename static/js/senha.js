/* O medidor diz em palavras quanto a senha resiste. Só ajuda: quem recusa é o servidor. */
(function () {
  "use strict";
  var MINIMO = 12;

  function variedade(senha) {
    var tipos = [/[a-zà-ú]/, /[A-ZÀ-Ú]/, /[0-9]/, /[^A-Za-zÀ-ú0-9]/].filter(function (t) { return t.test(senha); }).length;
    return new Set(senha).size + tipos * 2;
  }

  function julgar(senha) {
    if (!senha) return ["", ""];
    if (senha.length < MINIMO) return ["curta", "Faltam " + (MINIMO - senha.length) + " para o mínimo de " + MINIMO + "."];
    if (new Set(senha).size < 6 || /^(.+?)\1+$/.test(senha)) return ["fraca", "Fraca: repete demais."];
    if (variedade(senha) < 14) return ["razoavel", "Razoável: mais uma palavra ajuda."];
    return senha.length >= 20 ? ["otima", "Ótima."] : ["boa", "Boa."];
  }

  document.addEventListener("input", function (evento) {
    var lugar = evento.target.dataset && evento.target.dataset.medir && document.getElementById(evento.target.dataset.medir);
    if (!lugar) return;
    var juizo = julgar(evento.target.value);
    lugar.dataset.forca = juizo[0];
    lugar.textContent = juizo[1];
  });
})();
