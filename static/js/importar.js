/* Soltar o arquivo na caixa é o mesmo que escolhê-lo; sem JS o campo de arquivo basta. */
(function () {
  "use strict";
  var caixa = document.querySelector("[data-soltar]");
  if (!caixa) return;
  var campo = caixa.querySelector("input[type=file]");

  ["dragenter", "dragover"].forEach(function (nome) {
    caixa.addEventListener(nome, function (evento) { evento.preventDefault(); caixa.classList.add("sobre"); });
  });
  ["dragleave", "drop"].forEach(function (nome) {
    caixa.addEventListener(nome, function () { caixa.classList.remove("sobre"); });
  });
  caixa.addEventListener("drop", function (evento) {
    evento.preventDefault();
    if (evento.dataTransfer.files.length) campo.files = evento.dataTransfer.files;
  });
})();
