/* A central pelo teclado: X lê (ou deixa por ler) o aviso da linha, Shift+A lê todos os da aba. */
(function () {
  "use strict";
  function emCampo(e) { return e.matches("input, textarea, select, [contenteditable]"); }

  function vizinha(linha) {
    var li = linha.closest("li");
    var linhas = Array.prototype.slice.call(document.querySelectorAll("#central [data-linha]"));
    return li ? linhas.indexOf(linha) : -1;
  }

  var voltarA = -1; // a lista se refaz: o foco fica no mesmo lugar dela

  function tecla(evento) {
    if (evento.key === "A" && evento.shiftKey) {
      var todos = document.querySelector("[data-todos-lidos] button");
      if (todos) todos.click();
      return true;
    }
    if (evento.key.toLowerCase() !== "x" || evento.shiftKey) return false;
    var linha = document.activeElement && document.activeElement.closest("#central li");
    var botao = linha && linha.querySelector("[data-lido]");
    if (!botao) return false;
    voltarA = vizinha(linha.querySelector("[data-linha]"));
    botao.click();
    return true;
  }

  addEventListener("keydown", function (evento) {
    if (evento.ctrlKey || evento.metaKey || evento.altKey || emCampo(evento.target)) return;
    if (document.body.hasAttribute("data-sem-atalhos") || document.querySelector("dialog[open]")) return;
    if (!tecla(evento)) return;
    evento.preventDefault();
    evento.stopImmediatePropagation();
  }, true);

  document.addEventListener("htmx:afterSettle", function () {
    if (voltarA < 0) return;
    var linhas = document.querySelectorAll("#central [data-linha]");
    var alvo = linhas[Math.min(voltarA, linhas.length - 1)];
    voltarA = -1;
    if (alvo) alvo.focus();
  });
})();
