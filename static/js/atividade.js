/* Alças do histograma: arrastar, setas e campos de número dizem a mesma coisa; a prévia quem faz é o servidor. */
(function () {
  "use strict";
  var PASSOS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -7, PageUp: 7 };

  function campo(nome) { return document.querySelector('[data-limite="' + nome + '"]'); }

  /* o campo pode estar em meses: data-dias diz quantos dias vale uma unidade */
  function diasPorUnidade(entrada) { return Number(entrada.dataset.dias) || 1; }
  function dias(nome) { var e = campo(nome); return e ? Math.round(Number(e.value) * diasPorUnidade(e)) : NaN; }

  function largura(svg) { return svg.viewBox.baseVal.width; }
  function escala(svg) { return Number(svg.dataset.escala); }
  function posicao(svg, d) { return Math.min(Math.max(d, 0), escala(svg)) / escala(svg) * largura(svg); }

  /* quase inativo fica sempre antes de inativo */
  function limitar(svg, nome, d) {
    var outro = dias(nome === "quase" ? "inativo" : "quase");
    var minimo = nome === "inativo" && outro ? outro + 1 : 1;
    var maximo = nome === "quase" && outro ? outro - 1 : escala(svg);
    return Math.round(Math.min(Math.max(d, minimo), Math.max(minimo, maximo)));
  }

  function mudar(svg, nome, d) {
    var entrada = campo(nome);
    if (!entrada) return;
    var valor = String(Math.round(limitar(svg, nome, d) / diasPorUnidade(entrada)));
    if (entrada.value === valor) return;
    entrada.value = valor;
    entrada.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function desenharAlca(svg, alca) {
    var nome = alca.dataset.lim;
    var d = dias(nome);
    if (!(d > 0)) return; /* antecedência maior que o período: o recado fica na prévia */
    var x = posicao(svg, d);
    var texto = alca.querySelector("text");
    var aEsquerda = x > largura(svg) * 0.72 || (nome === "quase" && x > 130);
    var acumulado = JSON.parse(svg.dataset.acumulado || "[]");
    alca.setAttribute("transform", "translate(" + x.toFixed(1) + " 0)");
    alca.setAttribute("aria-valuenow", d);
    alca.setAttribute("aria-valuetext", d + " dias");
    texto.setAttribute("x", aEsquerda ? -6 : 6);
    texto.setAttribute("text-anchor", aEsquerda ? "end" : "start");
    alca.querySelector(".rot-d").textContent = d + " d";
    var porcento = alca.querySelector(".rot-p");
    if (porcento && acumulado.length) {
      porcento.textContent = Math.round(acumulado[Math.min(d, acumulado.length - 1)]) + "%";
    }
  }

  function tinta(inicio, quase, inativo) {
    if (inicio >= inativo) return "url(#h-inativo)";
    return inicio >= quase ? "url(#h-quase)" : "var(--ativo-cheio)";
  }

  function desenhar(svg) {
    svg.querySelectorAll(".alca").forEach(function (alca) { desenharAlca(svg, alca); });
    var quase = dias("quase");
    var inativo = dias("inativo");
    if (!quase || !inativo) return;
    svg.querySelectorAll(".barra").forEach(function (barra) {
      barra.setAttribute("fill", tinta(Number(barra.dataset.inicio), quase, inativo));
    });
  }

  function desenharTodos() { document.querySelectorAll(".hist").forEach(desenhar); }

  document.addEventListener("input", function (evento) {
    if (evento.target.matches("[data-limite]")) desenharTodos();
  });
  document.addEventListener("change", function (evento) {
    if (evento.target.matches("[data-limite]")) desenharTodos();
  });

  /* botões "experimentar": data-usar="60,120" */
  document.addEventListener("click", function (evento) {
    var botao = evento.target.closest("[data-usar]");
    if (!botao) return;
    var valores = botao.dataset.usar.split(",");
    ["quase", "inativo"].forEach(function (nome, i) {
      var entrada = campo(nome);
      entrada.value = valores[i];
      entrada.dispatchEvent(new Event("input", { bubbles: true }));
    });
  });

  document.addEventListener("keydown", function (evento) {
    var alca = evento.target.closest && evento.target.closest(".hist .alca");
    if (!alca) return;
    var svg = alca.ownerSVGElement;
    var nome = alca.dataset.lim;
    var destino = { Home: 1, End: escala(svg) }[evento.key];
    if (destino === undefined && !(evento.key in PASSOS)) return;
    evento.preventDefault();
    mudar(svg, nome, destino !== undefined ? destino : dias(nome) + PASSOS[evento.key] * diasPorUnidade(campo(nome)));
  });

  document.addEventListener("pointerdown", function (evento) {
    var alca = evento.target.closest && evento.target.closest(".hist .alca");
    if (!alca) return;
    var svg = alca.ownerSVGElement;
    alca.setPointerCapture(evento.pointerId);
    alca.focus();
    function mover(e) {
      var caixa = svg.getBoundingClientRect();
      mudar(svg, alca.dataset.lim, (e.clientX - caixa.left) / caixa.width * escala(svg));
    }
    function soltar() {
      alca.removeEventListener("pointermove", mover);
      alca.removeEventListener("pointerup", soltar);
      alca.removeEventListener("pointercancel", soltar);
    }
    alca.addEventListener("pointermove", mover);
    alca.addEventListener("pointerup", soltar);
    alca.addEventListener("pointercancel", soltar);
  });

  document.addEventListener("htmx:load", desenharTodos);
  desenharTodos();
})();
