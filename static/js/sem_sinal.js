/* O contato que não saiu: guarda-se no aparelho antes de enviar, e só se tira de lá quando o servidor responde.
   Só olha o formulário de fora: os eventos dele, o endereço e o campo `chave`. */
(function () {
  "use strict";
  const guardados = window.guardados;
  if (!guardados) return;
  const FORMULARIO = "form[data-contato]";
  const PRAZO = 15000;
  const FORA = ["csrfmiddlewaretoken", "voltar"];
  const aCaminho = new WeakMap();

  function formularioDe(evento) {
    const { elt, requestConfig } = evento.detail;
    const form = elt && elt.closest && elt.closest(FORMULARIO);
    const verbo = (requestConfig || evento.detail).verb;
    return form && verbo === "post" && form.elements.chave && clienteDe(form) ? form : null;
  }

  /* na ficha, na lista e na fila o endereço do formulário traz o número do cliente */
  function clienteDe(form) {
    const achado = /\/(\d+)\//.exec(form.getAttribute("action"));
    return achado && achado[1];
  }

  function nomeDe(form) {
    const dialogo = form.closest("dialog");
    const titulo = dialogo ? dialogo.querySelector("h2")
      : document.querySelector(`:is(h1, h2) a[href^="/clientes/${clienteDe(form)}/"]`) || document.querySelector("h1");
    return titulo.textContent.replace(/^\s*contato com\s+/i, "").trim();
  }

  function itemDe(form, botao) {
    const campos = [...new FormData(form, botao && form.contains(botao) ? botao : null)];
    return {
      chave: form.elements.chave.value,
      acao: `/clientes/${clienteDe(form)}/contato/`,
      cliente: nomeDe(form),
      campos: campos.filter(([nome, valor]) => typeof valor === "string" && !FORA.includes(nome)),
      texto: textoDe(form),
      digitado_em: new Date().toISOString(),
      estado: "enviando",
      desde: Date.now(),
    };
  }

  /* o que a pessoa escreveu e escolheu, como ela o lê: para mostrar na lista e copiar se for recusado */
  function textoDe(form) {
    const partes = [...form.elements].filter((e) => e.name && e.type !== "hidden" && e.value && aVista(e)).map((e) => {
      if (e.type === "radio" || e.type === "checkbox") return e.checked ? rotuloDe(e) : "";
      return e.tagName === "SELECT" ? e.selectedOptions[0].text : e.value.trim();
    });
    return partes.filter(Boolean).join(" · ");
  }

  /* o que ficou recolhido só entra se a pessoa mexeu nele */
  function aVista(e) {
    return !e.checkVisibility || e.checkVisibility() || e.tagName === "SELECT" || e.checked !== e.defaultChecked || e.value !== e.defaultValue;
  }

  function rotuloDe(campo) {
    const rotulo = campo.labels[0];
    const texto = rotulo && (rotulo.querySelector("span") || rotulo);
    return texto ? texto.textContent.trim() : campo.value;
  }

  /* ── Recados ────────────────────────────────────────────── */
  function avisar(texto, tipo) {
    document.body.dispatchEvent(new CustomEvent("avisar", { bubbles: true, detail: { texto, tipo } }));
  }

  function recusar(form, texto) {
    form.querySelectorAll(".erro-de-rede").forEach((e) => e.remove());
    const caixa = document.createElement("div");
    caixa.className = "erro-de-rede";
    caixa.setAttribute("role", "alert");
    caixa.textContent = texto;
    form.prepend(caixa);
  }

  function completo(form) {
    const falta = [...form.elements].find((e) => e.willValidate && !e.validity.valid);
    if (!falta) return true;
    const grupo = falta.closest("fieldset");
    const nome = grupo && grupo.querySelector("legend") ? grupo.querySelector("legend") : falta.labels && falta.labels[0];
    recusar(form, `Sem conexão. Para guardar neste aparelho, falta: ${nome ? nome.textContent.trim() : falta.name}.`);
    falta.focus();
    return false;
  }

  const PORQUES = {
    sem_rede: (nome) => `Sem conexão. O contato com ${nome} ficou guardado neste aparelho e segue sozinho quando a rede voltar.`,
    entrar: (nome) => `A sua sessão venceu. O contato com ${nome} ficou guardado neste aparelho: entre de novo e ele segue.`,
    falhou: (nome) => `O servidor não respondeu. O contato com ${nome} ficou guardado neste aparelho e segue daqui a pouco.`,
  };

  /* ── Guardar ────────────────────────────────────────────── */
  async function guardar(form, item, porque) {
    try {
      await guardados.por({ ...item, estado: "esperando", porque });
    } catch {
      recusar(form, "Sem conexão, e este aparelho não deixa guardar. O que você digitou continua aqui; tente de novo.");
      return;
    }
    largar(form);
    avisar(PORQUES[porque](item.cliente));
  }

  function largar(form) {
    form.querySelectorAll(".erro-de-rede").forEach((e) => e.remove());
    const dialogo = form.closest("dialog");
    form.reset();
    form.elements.chave.value = crypto.randomUUID();
    if (dialogo) dialogo.close();
    else if (!form.hasAttribute("hx-post")) location.assign("/hoje/");
  }

  function parar(evento) {
    evento.preventDefault();
    evento.stopImmediatePropagation();
  }

  /* ── O envio pelo htmx ──────────────────────────────────── */
  document.addEventListener("htmx:configRequest", (evento) => {
    if (formularioDe(evento)) evento.detail.timeout = PRAZO;
  });

  document.addEventListener("htmx:beforeRequest", (evento) => {
    const form = formularioDe(evento);
    if (!form) return;
    const gesto = evento.detail.requestConfig.triggeringEvent;
    const item = itemDe(form, gesto && gesto.submitter);
    if (!navigator.onLine) {
      parar(evento);
      if (completo(form)) guardar(form, item, "sem_rede");
      return;
    }
    aCaminho.set(form, item);
    guardados.por(item).catch(() => null);
  }, true);

  function naoChegou(evento) {
    const form = formularioDe(evento);
    if (!form || !aCaminho.has(form)) return;
    parar(evento);
    const item = aCaminho.get(form);
    aCaminho.delete(form);
    if (completo(form)) guardar(form, item, "sem_rede");
    else guardados.tirar(item.chave).catch(() => null);
  }
  document.addEventListener("htmx:sendError", naoChegou, true);
  document.addEventListener("htmx:timeout", naoChegou, true);

  document.addEventListener("htmx:responseError", (evento) => {
    const form = formularioDe(evento);
    const { status } = evento.detail.xhr;
    if (!form || !aCaminho.has(form) || (status !== 401 && status < 500)) return;
    parar(evento);
    guardar(form, aCaminho.get(form), status === 401 ? "entrar" : "falhou");
    aCaminho.delete(form);
  }, true);

  /* o servidor respondeu e o formulário disse o resto: não há o que esperar */
  document.addEventListener("htmx:afterRequest", (evento) => {
    const form = formularioDe(evento);
    const item = form && aCaminho.get(form);
    if (!item || !evento.detail.xhr.status) return;
    aCaminho.delete(form);
    guardados.tirar(item.chave).catch(() => null);
  }, true);

  /* ── O envio da página sem htmx ─────────────────────────── */
  addEventListener("submit", (evento) => {
    const form = evento.target;
    if (!form.matches(FORMULARIO) || form.hasAttribute("hx-post") || !form.elements.chave || !clienteDe(form)) return;
    const item = itemDe(form, evento.submitter);
    if (!navigator.onLine) {
      parar(evento);
      if (completo(form)) guardar(form, item, "sem_rede");
      return;
    }
    if (![...form.elements].every((e) => !e.willValidate || e.validity.valid)) return;
    evento.preventDefault();
    const seguir = () => form.submit();
    // `esperando`: a página seguinte pergunta ao servidor se ele chegou
    guardados.por({ ...item, estado: "esperando", porque: "sem_rede" }).then(seguir, seguir);
  }, true);
})();
