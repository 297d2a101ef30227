/* Chaves de acesso: pede o desafio, chama o aparelho e devolve a resposta. Sem elas, o botão nem aparece. */
(function () {
  "use strict";
  var tem = !!(window.PublicKeyCredential && navigator.credentials);
  var sugerindo = null; // a sugestão no campo do e-mail espera; um toque no botão a cancela

  function bytes(texto) {
    var base = texto.replace(/-/g, "+").replace(/_/g, "/");
    return Uint8Array.from(atob(base), function (c) { return c.charCodeAt(0); });
  }

  function texto(pedaco) {
    var letras = Array.from(new Uint8Array(pedaco), function (b) { return String.fromCharCode(b); });
    return btoa(letras.join("")).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }

  function preparar(opcoes) {
    var publico = Object.assign({}, opcoes.publicKey);
    publico.challenge = bytes(publico.challenge);
    if (publico.user) publico.user = Object.assign({}, publico.user, { id: bytes(publico.user.id) });
    ["excludeCredentials", "allowCredentials"].forEach(function (lista) {
      if (!publico[lista]) return;
      publico[lista] = publico[lista].map(function (c) { return Object.assign({}, c, { id: bytes(c.id) }); });
    });
    return publico;
  }

  function emJson(credencial) {
    var resposta = {};
    ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"].forEach(function (nome) {
      if (credencial.response[nome]) resposta[nome] = texto(credencial.response[nome]);
    });
    return {
      id: credencial.id, rawId: texto(credencial.rawId), type: credencial.type, response: resposta,
      clientExtensionResults: credencial.getClientExtensionResults()
    };
  }

  function chaveDoFormulario() {
    var campo = document.querySelector("[name=csrfmiddlewaretoken]");
    return campo ? campo.value : "";
  }

  function pedir(url, corpo) {
    var opcoes = { headers: { "Accept": "application/json", "Content-Type": "application/json" }, credentials: "same-origin" };
    if (corpo) {
      opcoes.method = "POST";
      opcoes.headers["X-CSRFToken"] = chaveDoFormulario();
      opcoes.body = JSON.stringify(corpo);
    }
    return fetch(url, opcoes).then(function (r) {
      if (r.status === 403) throw { confirmar: true };
      return r.json().then(function (dados) {
        if (!r.ok) throw new Error(dados.motivo);
        return dados;
      });
    });
  }

  function dizer(botao, frase) {
    var lugar = botao.parentElement.closest("section, form, .outra-entrada").querySelector("[data-chave-erro]");
    if (!lugar) return;
    lugar.textContent = frase;
    lugar.hidden = !frase;
  }

  function motivo(erro) {
    if (erro.name === "NotAllowedError" || erro.name === "AbortError") return "A chave não foi usada: o aparelho cancelou ou demorou.";
    if (erro.name === "InvalidStateError") return "Este aparelho já tem uma chave sua.";
    if (erro.name === "SecurityError") return "Neste endereço o navegador não usa chaves de acesso.";
    return erro.message || "Sem rede. Tente de novo.";
  }

  function extras(botao) {
    var nome = botao.dataset.chaveNome && document.getElementById(botao.dataset.chaveNome);
    var lembrar = document.getElementById("id_lembrar");
    return { nome: nome ? nome.value : "", next: botao.dataset.chaveNext || "", lembrar: !!(lembrar && lembrar.checked) };
  }

  function fazer(botao, escondido, sinal) {
    var url = botao.dataset.chaveUrl;
    return pedir(url).then(function (desafio) {
      var pedido = { publicKey: preparar(desafio.opcoes) };
      if (sinal) pedido.signal = sinal;
      if (escondido) pedido.mediation = "conditional";
      var acao = botao.dataset.chave === "criar" ? navigator.credentials.create(pedido) : navigator.credentials.get(pedido);
      return acao.then(function (credencial) {
        return pedir(url, Object.assign({ estado: desafio.estado, credencial: emJson(credencial) }, extras(botao)));
      });
    }).then(function (feito) { location.assign(feito.destino); });
  }

  addEventListener("click", function (evento) {
    if (evento.target.closest("[data-imprimir]")) { print(); return; }
    var botao = evento.target.closest("[data-chave]");
    if (!botao || botao.disabled) return;
    if (sugerindo) { sugerindo.abort(); sugerindo = null; }
    botao.disabled = true;
    dizer(botao, "");
    fazer(botao).catch(function (erro) {
      if (erro.confirmar && botao.dataset.chaveConfirmar) { location.assign(botao.dataset.chaveConfirmar); return; }
      dizer(botao, motivo(erro));
    }).finally(function () { botao.disabled = false; });
  });

  function sugerir(botao) {
    if (!PublicKeyCredential.isConditionalMediationAvailable) return;
    PublicKeyCredential.isConditionalMediationAvailable().then(function (da) {
      if (!da) return;
      sugerindo = new AbortController();
      fazer(botao, true, sugerindo.signal).catch(function () { /* ninguém pediu: cala */ });
    });
  }

  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll("[data-chave]").forEach(function (botao) {
      if (botao.dataset.chave === "usar") botao.hidden = !tem;
      else botao.disabled = !tem;
      if (tem && "chaveSugerir" in botao.dataset) sugerir(botao);
    });
  });
})();
