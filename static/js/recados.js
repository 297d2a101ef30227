/* O formulário de um recado: achar uma conta e dizer quantas estão marcadas. */
(function () {
  "use strict";
  var form = document.querySelector("[data-recado]");
  if (!form) return;
  var achar = form.querySelector("[data-achar]");
  var quantas = form.querySelector("[data-quantas]");
  if (!quantas) return;

  function linhas() { return Array.prototype.slice.call(form.querySelectorAll(".escolha-contas label")); }
  function semAcento(texto) { return texto.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase(); }

  function contar() {
    var n = form.querySelectorAll("[name=contas]:checked").length;
    quantas.textContent = n + (n === 1 ? " conta selecionada" : " contas selecionadas");
  }

  function filtrar() {
    var procurado = semAcento(achar.value.trim());
    linhas().forEach(function (linha) {
      linha.hidden = semAcento(linha.dataset.nome).indexOf(procurado) < 0;
    });
  }

  achar.hidden = false;
  form.querySelector("[data-so-js]").hidden = false;
  achar.addEventListener("input", filtrar);
  achar.addEventListener("keydown", function (evento) {
    if (evento.key === "Enter") evento.preventDefault(); // procurar não envia o recado
  });
  form.addEventListener("change", contar);
  form.addEventListener("click", function (evento) {
    var botao = evento.target.closest("[data-marcar]");
    if (!botao) return;
    var sim = botao.dataset.marcar === "sim";
    linhas().forEach(function (linha) {
      if (!sim || !linha.hidden) linha.querySelector("input").checked = sim;
    });
    contar();
  });
  contar();
})();
