/* Lista e ficha: o teclado do registro de contato e pequenos cuidados que o HTML sozinho não dá. */
(function () {
  "use strict";

  function digitando(e) { return e.matches("textarea, select, input:not([type=radio]):not([type=checkbox])"); }

  function formulario() {
    var dialogo = document.querySelector("dialog[open] form[data-contato]");
    if (dialogo) return dialogo;
    return document.querySelector("dialog[open]") ? null : document.querySelector("form[data-contato]");
  }

  /* 1 a 7 escolhem o resultado; Ctrl+Enter salva de qualquer campo */
  addEventListener("keydown", function (evento) {
    var form = formulario();
    if (!form) return;
    if (evento.key === "Enter" && (evento.ctrlKey || evento.metaKey) && form.contains(evento.target)) {
      evento.preventDefault();
      form.requestSubmit();
      return;
    }
    if (evento.ctrlKey || evento.metaKey || evento.altKey || digitando(evento.target)) return;
    if (document.body.hasAttribute("data-sem-atalhos") || !/^[1-9]$/.test(evento.key)) return;
    var opcao = form.querySelectorAll("input[name=ocorrencia]")[Number(evento.key) - 1];
    if (opcao) {
      evento.preventDefault();
      opcao.checked = true;
      opcao.focus();
      opcao.dispatchEvent(new Event("change", { bubbles: true }));
    }
  });

  /* um envio por vez: o segundo clique não sai (e, se sair, a chave faz dele o mesmo contato) */
  addEventListener("submit", function (evento) {
    var form = evento.target;
    if (!form.matches("form[data-contato]") || form.hasAttribute("hx-post")) return;
    var botao = form.querySelector("button[type=submit]");
    setTimeout(function () { botao.disabled = true; }, 0);
  });
})();
