/* A grade de clientes: marcar linhas, agir sobre elas pelo teclado, escolher colunas e o cabeçalho que fica. */
(function () {
  "use strict";
  var LIMITE = 400; // ids cabem no endereço até aqui; além disso, "todos do filtro"
  var marcados = new Set();
  var filtro = null;
  var ancora = null; // de onde parte o intervalo do Shift

  function um(seletor, raiz) { return (raiz || document).querySelector(seletor); }
  function todos(seletor, raiz) { return Array.prototype.slice.call((raiz || document).querySelectorAll(seletor)); }
  function caixas() { return todos("#lista input[name=cliente]"); }
  function emCampo(e) { return e.matches("input:not([type=checkbox]), textarea, select, [contenteditable], [role=slider]"); }

  /* ── Marcados: ficam enquanto o filtro for o mesmo ── */
  function refazer() {
    var lista = document.getElementById("lista");
    if (!lista) return;
    if (filtro !== null && lista.dataset.filtro !== filtro) marcados.clear();
    filtro = lista.dataset.filtro;
    var aVista = new Set();
    caixas().forEach(function (caixa) {
      if (marcados.has(caixa.value)) caixa.checked = true;
      aVista.add(caixa.value);
    });
    marcados.forEach(function (id) { if (!aVista.has(id)) marcados.delete(id); });
    var pagina = um("[data-pagina]");
    if (pagina) pagina.hidden = false;
    contar();
    caber();
  }

  function contar() {
    var total = caixas(), ligadas = total.filter(function (c) { return c.checked; });
    marcados = new Set(ligadas.map(function (c) { return c.value; }));
    var pagina = um("[data-pagina]"), conta = um("[data-conta]"), limpar = um("[data-desmarcar]");
    if (pagina) {
      pagina.checked = total.length > 0 && ligadas.length === total.length;
      pagina.indeterminate = ligadas.length > 0 && ligadas.length < total.length;
    }
    if (conta) {
      var geral = um("#acoes [name=todos]");
      conta.textContent = geral && geral.checked ? "Todos do filtro"
        : ligadas.length > LIMITE ? "Marque até " + LIMITE
        : ligadas.length + (ligadas.length === 1 ? " marcado" : " marcados");
      todos("#acoes .botoes [formaction]").forEach(function (b) {
        b.disabled = ligadas.length > LIMITE && !(geral && geral.checked);
      });
    }
    if (limpar) limpar.hidden = false;
  }

  function marcar(caixa, ligada, intervalo) {
    var lista = caixas(), ate = lista.indexOf(caixa), de = intervalo ? lista.indexOf(ancora) : -1;
    if (de < 0) de = ate;
    lista.slice(Math.min(de, ate), Math.max(de, ate) + 1).forEach(function (c) { c.checked = ligada; });
    ancora = caixa;
    contar();
  }

  function desmarcar() {
    caixas().forEach(function (c) { c.checked = false; });
    var geral = um("#acoes [name=todos]");
    if (geral) geral.checked = false;
    contar();
  }

  addEventListener("click", function (evento) {
    var alvo = evento.target;
    var caixa = alvo.closest(".c-sel") && um("input[name=cliente]", alvo.closest(".c-sel"));
    if (caixa && alvo === caixa) marcar(caixa, caixa.checked, evento.shiftKey);
    if (alvo.closest("[data-desmarcar]")) desmarcar();
  });
  addEventListener("change", function (evento) {
    if (evento.target.matches("[data-pagina]")) {
      caixas().forEach(function (c) { c.checked = evento.target.checked; });
      contar();
    } else if (evento.target.matches("#acoes [name=todos]")) contar();
  });
  document.addEventListener("loteFeito", desmarcar);

  /* ── Teclas: X marca, Shift+X até aqui, Shift+letra age ── */
  function linhaEmFoco() {
    var linha = document.activeElement && document.activeElement.closest("#lista tbody tr");
    return linha && um("input[name=cliente]", linha);
  }

  function tecla(evento) {
    var letra = evento.key.toLowerCase(), caixa = linhaEmFoco();
    if (letra === "x" && caixa) {
      marcar(caixa, evento.shiftKey ? true : !caixa.checked, evento.shiftKey);
      return true;
    }
    var barra = document.getElementById("acoes");
    if (!evento.shiftKey || !barra || getComputedStyle(barra).display === "none") return false;
    var botao = um("[data-tecla='" + evento.key.toUpperCase() + "']", barra);
    if (!botao || botao.disabled) return false;
    botao.click();
    return true;
  }

  addEventListener("keydown", function (evento) {
    if (evento.ctrlKey || evento.metaKey || evento.altKey || evento.key.length !== 1 || emCampo(evento.target)) return;
    if (document.body.hasAttribute("data-sem-atalhos") || um("dialog[open]")) return;
    if (!/^[a-z]$/i.test(evento.key) || !tecla(evento)) return;
    evento.preventDefault();
    evento.stopImmediatePropagation(); // Shift+A é dos marcados, e não o A da linha
  }, true);

  /* ── Colunas: arrastar, ou subir e descer; só se aplica no botão ── */
  function mover(item, para) {
    var outro = para === "cima" ? item.previousElementSibling : item.nextElementSibling;
    if (!outro) return;
    if (para === "cima") item.parentNode.insertBefore(item, outro);
    else item.parentNode.insertBefore(outro, item);
  }
  addEventListener("click", function (evento) {
    var botao = evento.target.closest("[data-mover]");
    if (!botao) return;
    evento.preventDefault();
    mover(botao.closest("li"), botao.dataset.mover);
    botao.focus();
  });
  var arrastado = null;
  addEventListener("dragstart", function (evento) {
    arrastado = evento.target.closest && evento.target.closest("[data-na-tela] li");
    if (arrastado) { evento.dataTransfer.effectAllowed = "move"; arrastado.classList.add("arrastado"); }
  });
  addEventListener("dragover", function (evento) {
    var sobre = arrastado && evento.target.closest && evento.target.closest("[data-na-tela] li");
    if (!sobre) return;
    evento.preventDefault();
    if (sobre === arrastado) return;
    var caixa = sobre.getBoundingClientRect(), depois = evento.clientY > caixa.top + caixa.height / 2;
    sobre.parentNode.insertBefore(arrastado, depois ? sobre.nextElementSibling : sobre);
  });
  addEventListener("dragend", function () {
    if (arrastado) arrastado.classList.remove("arrastado");
    arrastado = null;
  });
  /* ── Cabe inteira: o cabeçalho fica no alto da página; não cabe: rola na caixa, com a primeira coluna fixa ── */
  function caber() {
    todos("[data-grade]").forEach(function (grade) {
      grade.classList.remove("cabe", "rola");
      grade.classList.add(grade.scrollWidth > grade.clientWidth + 1 ? "rola" : "cabe");
    });
  }

  document.addEventListener("htmx:afterSwap", function (evento) {
    if (["lista", "mais"].includes(evento.detail.target.id) || evento.detail.elt.id === "lista") refazer();
  });
  document.addEventListener("htmx:afterSettle", function () { contar(); });
  // As contagens de um filtro que já se trocou não se escrevem por cima das do novo.
  document.addEventListener("htmx:beforeCleanupElement", function (evento) {
    if (evento.target.id === "contagens") window.htmx.trigger(evento.target, "htmx:abort");
  });
  addEventListener("resize", caber);
  addEventListener("load", refazer);
  addEventListener("pageshow", contar); // voltar no histórico traz as caixas como estavam
})();
