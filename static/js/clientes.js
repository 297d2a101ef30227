/* Lista e ficha: o teclado do registro de contato e pequenos cuidados que o HTML sozinho não dá. */
(function () {
  "use strict";

  function digitando(e) { return e.matches("textarea, select, input:not([type=radio]):not([type=checkbox])"); }

  function formulario() {
    var dialogo = document.querySelector("dialog[open] form[data-contato]");
    if (dialogo) return dialogo;
    return document.querySelector("dialog[open]") ? null : document.querySelector("form[data-contato]");
  }

  var CANAIS = { l: "ligacao", w: "whatsapp", v: "visita", e: "email" };

  function escolher(opcao) {
    if (!opcao) return false;
    opcao.checked = true;
    opcao.focus();
    opcao.dispatchEvent(new Event("change", { bubbles: true }));
    return true;
  }

  function detalhes(form) {
    var mais = form.querySelector(".mais-contato");
    if (!mais) return false;
    mais.open = !mais.open;
    if (mais.open) mais.querySelector("input:checked, input[type=text], select").focus();
    else mais.querySelector("summary").focus();
    return true;
  }

  /* 1 a 9 escolhem o resultado; dentro do formulário L, W, V e E o canal e D os detalhes */
  function acaoDaTecla(form, tecla, dentro) {
    if (/^[1-9]$/.test(tecla)) return escolher(form.querySelectorAll("input[name=ocorrencia]")[Number(tecla) - 1]);
    if (!dentro) return false;
    if (tecla === "d") return detalhes(form);
    return tecla in CANAIS && escolher(form.querySelector("input[name=canal][value=" + CANAIS[tecla] + "]"));
  }

  addEventListener("keydown", function (evento) {
    var form = formulario();
    if (!form) return;
    /* Ctrl+Enter salva de qualquer campo */
    if (evento.key === "Enter" && (evento.ctrlKey || evento.metaKey) && form.contains(evento.target)) {
      evento.preventDefault();
      form.requestSubmit();
      return;
    }
    if (evento.ctrlKey || evento.metaKey || evento.altKey || digitando(evento.target)) return;
    if (document.body.hasAttribute("data-sem-atalhos")) return;
    /* fora do diálogo, as letras são da página até alguém entrar no formulário */
    var dentro = form.closest("dialog") !== null || (form.contains(evento.target) && evento.target.matches("input"));
    if (acaoDaTecla(form, evento.key.toLowerCase(), dentro)) evento.preventDefault();
  });

  /* no diálogo o foco começa no canal: as teclas já valem, e o telefone não abre o teclado dele */
  document.addEventListener("htmx:afterSwap", function (evento) {
    var form = evento.detail.target.id === "dialogo" && evento.detail.target.querySelector("form[data-contato]");
    var canal = form && !form.querySelector("[aria-invalid=true]") && form.querySelector("input[name=canal]:checked");
    if (canal) canal.focus();
  });

  /* uma pessoa da lista ou um nome escrito, nunca os dois */
  addEventListener("input", function (evento) {
    var form = evento.target.closest("form[data-contato]");
    if (!form || evento.target.name !== "pessoa" || !evento.target.value) return;
    var outra = form.querySelector("input[name=pessoa_de_contato][value='']");
    if (outra) outra.checked = true;
  });
  addEventListener("change", function (evento) {
    var form = evento.target.closest("form[data-contato]");
    if (form && evento.target.name === "pessoa_de_contato" && evento.target.value) form.elements.pessoa.value = "";
  });

  /* um envio por vez: o segundo clique não sai (e, se sair, a chave faz dele o mesmo contato) */
  addEventListener("submit", function (evento) {
    var form = evento.target;
    if (!form.matches("form[data-contato]") || form.hasAttribute("hx-post")) return;
    var botao = form.querySelector("button[type=submit]");
    setTimeout(function () { botao.disabled = true; }, 0);
  });
})();
