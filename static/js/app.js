/* Comportamentos da casca: teclas, diálogos, avisos e os pedidos htmx. Tudo por delegação: vale para o que chega depois. */
(function () {
  "use strict";
  var ESPERA = 300; // ms até escurecer o alvo: pedido rápido não pisca
  var DURACAO_DO_AVISO = 8000;

  function um(seletor, raiz) { return (raiz || document).querySelector(seletor); }
  function todos(seletor, raiz) { return Array.prototype.slice.call((raiz || document).querySelectorAll(seletor)); }
  function visivel(e) { return e.offsetParent !== null; }

  /* ── Diálogos ───────────────────────────────────────────── */
  function abrir(dialogo) {
    if (!dialogo) return;
    if (!dialogo.open) dialogo.showModal();
    else if (dialogo.contains(document.activeElement)) return; // trocado o miolo, o foco ainda está nele
    var foco = um("[autofocus], input:not([type=hidden]):not([type=radio]), select, textarea", dialogo) || um("h2", dialogo);
    if (foco) foco.focus();
  }

  function fechar(dialogo) { if (dialogo && dialogo.open) dialogo.close(); }

  addEventListener("click", function (evento) {
    var alvo = evento.target;
    if (alvo.matches("dialog")) { fechar(alvo); return; } // clique fora da caixa
    var abre = alvo.closest("[data-abrir]");
    if (abre) {
      var menu = abre.closest("[popover]");
      if (menu) menu.hidePopover();
      abrir(document.getElementById(abre.dataset.abrir));
    }
    var fecha = alvo.closest("[data-fechar]");
    if (fecha && fecha.closest("dialog")) { evento.preventDefault(); fechar(fecha.closest("dialog")); }
    var dispensa = alvo.closest("[data-fechar-aviso]");
    if (dispensa) dispensa.closest("[data-aviso]").remove();
  });

  /* ── Menus dos filtros: o clique fora fecha, Esc também (devolvendo o foco), e nenhum sai pela direita ── */
  function fecharMenus(menos) {
    todos("details.menu-chip[open]").forEach(function (menu) { if (menu !== menos) menu.open = false; });
  }
  addEventListener("click", function (evento) { fecharMenus(evento.target.closest("details.menu-chip")); });
  addEventListener("keydown", function (evento) {
    var aberto = evento.key === "Escape" && um("details.menu-chip[open]");
    if (!aberto) return;
    aberto.open = false;
    um("summary", aberto).focus();
  });
  addEventListener("toggle", function (evento) {
    var menu = evento.target;
    if (!menu.matches("details.menu-chip")) return;
    menu.classList.remove("encosta");
    if (menu.open) menu.classList.toggle("encosta", um(".caixa", menu).getBoundingClientRect().right > innerWidth);
  }, true);

  /* ── Avisos flutuantes, com desfazer ────────────────────── */
  function elemento(nome, classe, texto) {
    var e = document.createElement(nome);
    e.className = classe;
    if (texto) e.textContent = texto; // nunca innerHTML: nomes vêm de arquivos
    return e;
  }

  function avisar(dados) {
    var lugar = document.getElementById("avisos");
    if (!lugar) return;
    var caixa = elemento("div", "flutua " + (dados.tipo || "success"));
    caixa.setAttribute("data-aviso", "");
    caixa.append(elemento("span", "ic-aviso"), elemento("span", "", dados.texto));
    if (dados.desfazer) caixa.append(botaoDesfazer(dados, caixa));
    var x = elemento("button", "bt nu m q", "×");
    x.type = "button";
    x.setAttribute("aria-label", "Dispensar aviso");
    x.setAttribute("data-fechar-aviso", "");
    caixa.append(x);
    lugar.append(caixa);
    agendarSaida(caixa);
  }

  function botaoDesfazer(dados, caixa) {
    var botao = elemento("button", "bt m desfazer", dados.rotulo || "Desfazer");
    botao.type = "button";
    botao.addEventListener("click", function () {
      caixa.remove();
      window.htmx.ajax("POST", dados.desfazer, { target: dados.alvo || "body", swap: dados.troca || "none" });
    });
    return botao;
  }

  /* some sozinho, menos enquanto tem foco ou ponteiro; erro fica até ser dispensado */
  function agendarSaida(caixa) {
    if (caixa.classList.contains("error")) return;
    setTimeout(function sair() {
      if (caixa.matches(":hover, :focus-within")) setTimeout(sair, 2000);
      else caixa.remove();
    }, DURACAO_DO_AVISO);
  }

  function anunciar(texto) {
    var lugar = document.getElementById("anuncio");
    if (lugar) lugar.textContent = texto;
  }

  /* ── htmx: ocupado, diálogo, erro no lugar ──────────────── */
  var relogios = new WeakMap();

  document.addEventListener("htmx:beforeRequest", function (evento) {
    var alvo = evento.detail.target;
    limparErro(lugarDoErro(evento.detail));
    clearTimeout(relogios.get(alvo)); // dois pedidos ao mesmo alvo: o relógio do primeiro não fica sem dono
    relogios.set(alvo, setTimeout(function () {
      alvo.setAttribute("aria-busy", "true");
      alvo.classList.add("ocupado");
    }, ESPERA));
  });

  document.addEventListener("htmx:afterRequest", function (evento) {
    var alvo = evento.detail.target;
    clearTimeout(relogios.get(alvo));
    alvo.removeAttribute("aria-busy");
    alvo.classList.remove("ocupado");
  });

  /* #dialogo recebe só o miolo: o <dialog> e o seu foco são da página */
  document.addEventListener("htmx:beforeSwap", function (evento) {
    if (evento.detail.target.id === "dialogo") evento.detail.swapOverride = "innerHTML";
  });

  document.addEventListener("htmx:afterSwap", function (evento) {
    var alvo = evento.detail.target;
    if (alvo.id === "dialogo" && alvo.childElementCount) {
      abrir(alvo);
      var errado = um("[aria-invalid=true]", alvo);
      if (errado) errado.focus();
    }
  });

  document.addEventListener("htmx:afterSettle", function (evento) {
    focarRolagens();
    var titulo = um("[data-foco]", evento.detail.elt);
    if (titulo) titulo.focus();
  });

  document.addEventListener("htmx:responseError", function (evento) {
    var xhr = evento.detail.xhr;
    var entrada = xhr.status === 401 && xhr.getResponseHeader("X-Entrada");
    var chave = xhr.getResponseHeader("X-CSRF-Novo");
    if (chave) trocarChave(chave);
    var caixa = mostrarErro(evento.detail, chave ? RENOVADA : motivoDe(xhr) || mensagemDe(xhr.status));
    if (entrada && caixa) caixa.append(" ", eloDaEntrada(entrada));
  });

  /* quem entrou de novo em outra aba tem outra chave: o formulário desta passa a levá-la */
  var RENOVADA = "A sua entrada foi renovada em outra aba. Nada foi gravado ainda: confira e tente de novo.";

  function trocarChave(chave) {
    document.body.setAttribute("hx-headers", JSON.stringify({ "X-CSRFToken": chave }));
    todos("input[name=csrfmiddlewaretoken]").forEach(function (campo) { campo.value = chave; });
  }

  function eloDaEntrada(endereco) {
    var elo = elemento("a", "elo", "Entrar em outra aba");
    elo.href = endereco;
    elo.target = "_blank";
    return elo;
  }

  document.addEventListener("htmx:sendError", function (evento) {
    mostrarErro(evento.detail, "Sem conexão. O que você digitou continua aqui; tente de novo.");
  });
  document.addEventListener("htmx:timeout", function (evento) {
    mostrarErro(evento.detail, "O servidor demorou demais. Tente de novo.");
  });

  function mensagemDe(codigo) {
    if (codigo === 401) return "A sua sessão venceu e nada foi gravado. O que você digitou continua aqui: entre e tente de novo.";
    if (codigo === 403) return "O seu papel não permite isto. Nada foi gravado.";
    if (codigo === 404) return "Isto não existe mais ou não está na sua carteira.";
    return "Não deu certo e nada foi gravado. O que você digitou continua aqui; tente de novo.";
  }

  /* a recusa que tem motivo o traz escrito na página de erro */
  function motivoDe(xhr) {
    if (xhr.status !== 403) return "";
    var motivo = um("[data-motivo]", new DOMParser().parseFromString(xhr.responseText, "text/html"));
    return motivo ? motivo.textContent + " Nada mudou." : "";
  }

  function lugarDoErro(detalhe) {
    return detalhe.elt.closest("form") || detalhe.target;
  }

  function mostrarErro(detalhe, texto) {
    var lugar = lugarDoErro(detalhe);
    if (!lugar || lugar === document.body) { avisar({ texto: texto, tipo: "error" }); return null; }
    limparErro(lugar);
    var caixa = elemento("div", "erro-de-rede", texto);
    caixa.setAttribute("role", "alert");
    lugar.prepend(caixa);
    return caixa;
  }

  function limparErro(lugar) {
    todos(".erro-de-rede", lugar || document).forEach(function (e) { e.remove(); });
  }

  /* eventos que o servidor manda em HX-Trigger: {"avisar": {...}}, {"fecharDialogo": true}, {"anunciar": "…"} */
  document.addEventListener("avisar", function (evento) { avisar(evento.detail); });
  document.addEventListener("anunciar", function (evento) { anunciar(evento.detail.value || evento.detail); });
  document.addEventListener("fecharDialogo", function () { fechar(document.getElementById("dialogo")); });

  /* o que abre em outra aba fecha o diálogo de onde saiu, e a tela se refaz */
  addEventListener("submit", function (evento) {
    if (!evento.target.matches("dialog form[target=_blank]")) return;
    setTimeout(function () { fechar(evento.target.closest("dialog")); }, 0);
    setTimeout(function () { document.body.dispatchEvent(new Event("contatoMudou", { bubbles: true })); }, 1500);
  });

  /* ── Teclas de uma letra só: fora de campos e desligáveis no perfil (WCAG 2.1.4) ── */
  function emCampo(e) { return e.matches("input, textarea, select, [contenteditable], [role=slider]"); }
  function linhas() { return todos("[data-linha]").filter(visivel); }

  function andar(passo) {
    var lista = linhas();
    var atual = lista.indexOf(document.activeElement);
    var proxima = lista[Math.min(Math.max(atual + passo, 0), lista.length - 1)];
    if (proxima) proxima.focus();
  }

  function daLinha(seletor) {
    var linha = document.activeElement && document.activeElement.closest("tr, li");
    return linha && um(seletor, linha);
  }

  function registrar() {
    var botao = daLinha("[data-registrar]") || todos("[data-registrar]").filter(visivel)[0];
    if (!botao) return;
    if (botao.matches("form")) um("input[type=radio]", botao).focus(); // já à vista: é só começar
    else botao.click();
  }

  /* agendar e chamar no WhatsApp só da linha em foco, ou do único cliente da tela: nunca de um que não se escolheu */
  function acionar(seletor) {
    return function () {
      var visiveis = todos(seletor).filter(visivel);
      var botao = daLinha(seletor) || (visiveis.length === 1 && visiveis[0]);
      if (botao) botao.click();
    };
  }

  function buscar() {
    var campo = todos("[data-busca]").filter(visivel)[0];
    if (campo) { campo.focus(); campo.select(); }
  }

  function irAoMenu() {
    var primeiro = todos(".nav a, .barra-baixo a").filter(visivel)[0];
    if (primeiro) primeiro.focus();
  }

  var TECLAS = {
    "/": buscar,
    g: irAoMenu,
    j: function () { andar(1); },
    k: function () { andar(-1); },
    c: registrar,
    a: acionar("[data-agendar]"),
    w: acionar("[data-whatsapp]"),
    "?": function () { abrir(document.getElementById("ajuda-teclas")); }
  };

  addEventListener("keydown", function (evento) {
    if (evento.ctrlKey || evento.metaKey || evento.altKey || emCampo(evento.target)) return;
    if (document.body.hasAttribute("data-sem-atalhos") || um("dialog[open]")) return;
    var acao = TECLAS[evento.key.toLowerCase()];
    if (acao) { evento.preventDefault(); acao(); }
  });

  /* ── Regiões que rolam ganham foco de teclado só quando de fato rolam ── */
  function focarRolagens() {
    todos(".rolar, .graf-rolar").forEach(function (e) {
      if (e.scrollWidth > e.clientWidth + 1) {
        e.tabIndex = 0;
        e.setAttribute("role", "group");
        if (!e.hasAttribute("aria-label")) e.setAttribute("aria-label", "Conteúdo que rola para o lado");
      } else {
        e.removeAttribute("tabindex");
      }
    });
  }

  addEventListener("load", function () {
    focarRolagens();
    todos("[data-aviso]").forEach(agendarSaida);
    if (new URLSearchParams(location.search).has("buscar")) buscar();
  });
  addEventListener("resize", focarRolagens);
})();
