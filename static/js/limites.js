/* Configurar atividade: presets e as alças do histograma falam com os campos de período e antecedência.
   Os campos são os do domínio (período e quanto antes avisar); a alça "quase" move a antecedência. */
(function () {
  "use strict";
  var DIAS_NO_MES = 30.4375;
  var NOMES = { m: "meses", d: "dias" };

  function campo(id) { return document.getElementById(id); }
  function numero(id) { return Number(campo(id).value); }
  function unidade(nome) { return campo("id_" + nome + "_unidade").value === "m" ? DIAS_NO_MES : 1; }

  var periodo = campo("id_periodo_n");
  var antecedencia = campo("id_antecedencia_n");
  var alca = campo("limite-quase");
  if (!periodo || !antecedencia) return;

  function emDias(nome) { return numero("id_" + nome + "_n") * unidade(nome); }

  /* a alça "quase" anda na unidade da antecedência: um mês é um passo */
  function sincronizar() {
    periodo.dataset.dias = unidade("periodo");
    if (alca) {
      alca.dataset.dias = unidade("antecedencia");
      alca.value = Math.round((emDias("periodo") - emDias("antecedencia")) / unidade("antecedencia"));
    }
    var frase = campo("quase-frase");
    if (frase) frase.textContent = dizer(frase.dataset.nome);
  }

  function dizer(nome) {
    var p = numero("id_periodo_n"), a = numero("id_antecedencia_n");
    var up = campo("id_periodo_unidade").value, ua = campo("id_antecedencia_unidade").value;
    if (!p || !a) return "";
    if (up === ua && p > a) return nome + " a partir de " + (p - a) + " " + NOMES[up] + " sem comprar.";
    return up === "m" && ua === "d" ? nome + " " + a + " dias antes de completar " + p + " meses sem comprar." : "";
  }

  function redesenhar() { if (alca) alca.dispatchEvent(new Event("change", { bubbles: true })); }
  function avisar(entrada) { entrada.dispatchEvent(new Event("input", { bubbles: true })); }

  /* a alça mexeu no campo escondido: a antecedência acompanha */
  if (alca) {
    alca.addEventListener("input", function () {
      var nova = Math.max(1, Math.round((emDias("periodo") - Number(alca.value) * unidade("antecedencia")) / unidade("antecedencia")));
      if (String(nova) === antecedencia.value) return;
      antecedencia.value = nova;
      avisar(antecedencia);
    });
  }

  ["id_periodo_n", "id_periodo_unidade", "id_antecedencia_n", "id_antecedencia_unidade"].forEach(function (id) {
    campo(id).addEventListener("input", function () {
      sincronizar();
      redesenhar();
    });
  });

  /* o motivo da sugestão só ocupa o lugar vazio ou o de outra sugestão: o que a pessoa escreveu fica */
  function motivar(motivo, novo) {
    if (motivo.value && motivo.value !== motivo.dataset.sugerido) return;
    motivo.value = motivo.dataset.sugerido = novo;
  }

  document.addEventListener("click", function (evento) {
    var preset = evento.target.closest("[data-preset]");
    if (!preset) return;
    evento.preventDefault();
    var valores = JSON.parse(preset.dataset.preset);
    /* só os campos deste formulário: a página tem outros motivos */
    var campos = periodo.form.elements;
    Object.keys(valores).forEach(function (nome) {
      if (nome === "tipo") campo("id_tipo_" + valores.tipo).checked = true;
      else if (nome !== "motivo" && campos[nome]) campos[nome].value = valores[nome];
    });
    motivar(campos.motivo, valores.motivo || "");
    avisar(periodo);
    /* quem experimenta de longe é levado aos campos */
    if (preset.hasAttribute("data-levar")) (valores.tipo === "ciclo" ? campos.ciclo_inativo : periodo).focus();
  });

  sincronizar();
  redesenhar();
})();
