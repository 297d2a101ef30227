/* Agenda: as teclas das vistas e das datas, e copiar o endereço do calendário. */
(function () {
  "use strict";

  function livre(evento) {
    var campo = evento.target.matches("input, textarea, select, [contenteditable], [role=slider]");
    return !(campo || evento.ctrlKey || evento.metaKey || evento.altKey || evento.shiftKey ||
      document.body.hasAttribute("data-sem-atalhos") || document.querySelector("dialog[open]"));
  }

  /* setas andam no tempo; D, S e L trocam a vista; H volta a hoje */
  addEventListener("keydown", function (evento) {
    if (!livre(evento)) return;
    var tecla = evento.key.length === 1 ? evento.key.toLowerCase() : evento.key;
    var elo = /^[dslh]$|^Arrow(Left|Right)$/.test(tecla) && document.querySelector('[data-tecla="' + tecla + '"]');
    if (elo) { evento.preventDefault(); elo.click(); }
  });

  addEventListener("click", function (evento) {
    var botao = evento.target.closest("[data-copiar]");
    if (!botao) return;
    var campo = document.getElementById(botao.dataset.copiar);
    campo.select();
    var feito = navigator.clipboard ? navigator.clipboard.writeText(campo.value) : Promise.reject();
    feito.then(function () { dizer("Endereço copiado."); }, function () { dizer("Selecionado: use Ctrl C para copiar."); });
  });

  function dizer(texto) { document.dispatchEvent(new CustomEvent("avisar", { detail: { texto: texto } })); }
})();
