/* As bolhas do mapa. Os números vêm da página; daqui saem só o desenho e o gesto de abrir um município. */
(function () {
  "use strict";
  var L = window.L, lugar = document.getElementById("mapa");
  var fonte = document.getElementById("dados-do-mapa");
  if (!L || !lugar || !fonte) return;

  var dados = JSON.parse(fonte.textContent);
  var SVG = "http://www.w3.org/2000/svg";
  var CLASSES = { ativo: "ativo", quase_inativo: "quase", inativo: "inativo", prospect: "prospect" };
  // no empate vence a que pede mais cuidado, como na tabela
  var CUIDADO = ["quase_inativo", "inativo", "ativo", "prospect"];
  var RAIO_MINIMO = 12, RAIO_MAXIMO = 30; // 24 px de alvo, no mínimo
  var FOLGA = 12;
  var BRASIL = [[-33.8, -73.99], [5.3, -34.7]];
  var numero = new Intl.NumberFormat("pt-BR");
  var moeda = new Intl.NumberFormat("pt-BR", { style: "currency", currency: "BRL", maximumFractionDigits: 0 });
  var parado = matchMedia("(prefers-reduced-motion: reduce)").matches;

  lugar.hidden = false;
  var mapa = L.map(lugar, {
    zoomControl: false, minZoom: 3, maxZoom: lugar.dataset.telhas ? 17 : 12, zoomSnap: 0.5, scrollWheelZoom: false,
    zoomAnimation: !parado, fadeAnimation: !parado, markerZoomAnimation: !parado, attributionControl: true
  });
  mapa.attributionControl.setPrefix(false);
  mapa.attributionControl.addAttribution("Contornos: IBGE");
  L.control.zoom({ zoomInTitle: "Aproximar", zoomOutTitle: "Afastar" }).addTo(mapa);
  // a roda do mouse só aproxima depois que se entra no mapa: antes disso ela rola a página
  mapa.on("focus click", function () { mapa.scrollWheelZoom.enable(); });
  mapa.on("blur", function () { mapa.scrollWheelZoom.disable(); });

  if (lugar.dataset.telhas) {
    lugar.classList.add("com-telhas");
    L.tileLayer(lugar.dataset.telhas, { maxZoom: 17, attribution: (lugar.dataset.credito || "").replace(/[&<]/g, "") }).addTo(mapa);
  }
  fetch(lugar.dataset.ufs).then(function (r) { return r.json(); }).then(function (ufs) {
    L.geoJSON(ufs, { interactive: false, style: function () { return { className: "uf", weight: 1.2 }; } }).addTo(mapa).bringToBack();
  }).catch(function () { /* sem os contornos as bolhas e a tabela continuam dizendo tudo */ });

  /* ── Juntar o que se tocaria ────────────────────────────── */
  var lugares = dados.lugares.map(function (l) {
    return { codigo: l[0], nome: l[1], onde: L.latLng(l[2], l[3]), clientes: l[4], valores: l[5] };
  });

  function soma(lista) { return lista.reduce(function (a, b) { return a + b; }, 0); }
  function medida(bolha) { return dados.medir === "valor" ? soma(bolha.valores) : soma(bolha.clientes); }

  lugares.sort(function (a, b) { return medida(b) - medida(a) || a.codigo - b.codigo; });
  var maior = lugares.length ? Math.max(medida(lugares[0]), 1) : 1;

  function raio(valor) {
    return Math.min(RAIO_MAXIMO, RAIO_MINIMO + (RAIO_MAXIMO - RAIO_MINIMO) * Math.sqrt(Math.max(valor, 0) / maior));
  }

  /* do maior para o menor: quem cairia em cima de uma bolha já posta entra na conta dela */
  function juntar(zoom) {
    var bolhas = [];
    lugares.forEach(function (l) {
      var ponto = mapa.project(l.onde, zoom);
      var perto = bolhas.find(function (b) {
        return Math.abs(b.ponto.x - ponto.x) < b.alcance && Math.abs(b.ponto.y - ponto.y) < b.alcance;
      });
      if (!perto) {
        perto = { codigo: l.codigo, onde: l.onde, ponto: ponto, lugares: [], clientes: [0, 0, 0, 0], valores: [0, 0, 0, 0] };
        bolhas.push(perto);
      }
      perto.lugares.push(l);
      l.clientes.forEach(function (n, i) { perto.clientes[i] += n; perto.valores[i] += l.valores[i]; });
      perto.raio = raio(medida(perto));
      perto.alcance = perto.raio + RAIO_MINIMO + FOLGA;
    });
    return bolhas;
  }

  /* ── Desenhar: a forma diz a situação antes da cor ──────── */
  function no(nome, atributos, classe) {
    var e = document.createElementNS(SVG, nome);
    Object.keys(atributos).forEach(function (chave) { e.setAttribute(chave, atributos[chave]); });
    if (classe) e.setAttribute("class", classe);
    return e;
  }

  function dominante(bolha) {
    return CUIDADO.reduce(function (melhor, s) {
      return bolha.clientes[dados.situacoes.indexOf(s)] > bolha.clientes[dados.situacoes.indexOf(melhor)] ? s : melhor;
    });
  }

  function parteEmRisco(bolha) {
    var n = function (s) { return bolha.clientes[dados.situacoes.indexOf(s)]; };
    var com_compra = n("ativo") + n("quase_inativo") + n("inativo");
    return com_compra ? (n("quase_inativo") + n("inativo")) / com_compra : 0;
  }

  function daSituacao(svg, bolha, r) {
    var situacao = dominante(bolha), v = r - 1.5;
    svg.setAttribute("class", CLASSES[situacao]);
    if (situacao === "prospect") {
      svg.append(no("path", { d: "M0 " + -v + "L" + v + " 0L0 " + v + "L" + -v + " 0z" }, "base traco"));
      return;
    }
    svg.append(no("circle", { r: v }, "base"));
    if (situacao === "ativo") svg.append(no("circle", { r: v }, "cheio"));
    if (situacao === "quase_inativo") svg.append(no("path", { d: "M0 " + -v + "A" + v + " " + v + " 0 0 0 0 " + v + "z" }, "cheio"));
    svg.append(no("circle", { r: v }, situacao === "inativo" ? "traco tracejado" : "traco"));
  }

  function doRisco(svg, bolha, r) {
    var v = r - 1, parte = parteEmRisco(bolha), altura = v - 2 * v * parte;
    svg.append(no("circle", { r: v }, "borda"));
    if (parte >= 1) { svg.append(no("circle", { r: v }, "miolo")); return; }
    if (parte <= 0) return;
    var x = Math.sqrt(Math.max(v * v - altura * altura, 0));
    svg.append(no("path", { d: "M" + -x + " " + altura + "A" + v + " " + v + " 0 " + (parte > 0.5 ? 1 : 0) + " 0 " + x + " " + altura + "z" }, "miolo"));
  }

  function desenho(bolha) {
    var r = bolha.raio, risco = lugar.dataset.forma === "risco";
    var svg = no("svg", { width: 2 * r, height: 2 * r, viewBox: [-r, -r, 2 * r, 2 * r].join(" "), "aria-hidden": "true" });
    (risco ? doRisco : daSituacao)(svg, bolha, r);
    var rotulo = no("text", {});
    rotulo.textContent = risco ? Math.round(parteEmRisco(bolha) * 100) + "%" : curto(soma(bolha.clientes));
    svg.append(rotulo);
    return svg;
  }

  function curto(n) { return n < 10000 ? numero.format(n) : numero.format(Math.round(n / 1000)) + " mil"; }

  function frase(bolha) {
    var total = soma(bolha.clientes);
    var nome = bolha.lugares.length > 1
      ? bolha.lugares[0].nome + " e mais " + numero.format(bolha.lugares.length - 1) + (bolha.lugares.length > 2 ? " municípios" : " município")
      : bolha.lugares[0].nome;
    var partes = dados.situacoes.map(function (s, i) {
      return bolha.clientes[i] ? numero.format(bolha.clientes[i]) + " " + dados.nomes[i][bolha.clientes[i] > 1 ? 1 : 0] : "";
    }).filter(Boolean);
    return nome + ": " + numero.format(total) + (total > 1 ? " clientes" : " cliente") + " (" + partes.join(", ") + "), " +
      moeda.format(soma(bolha.valores)) + " em 12 meses";
  }

  /* ── Pôr só o que se vê, sem refazer o que já está (o foco fica onde estava) ── */
  var grupo = L.layerGroup().addTo(mapa), postas = new Map(), porZoom = new Map();

  function mostrar() {
    var zoom = mapa.getZoom();
    if (!porZoom.has(zoom)) porZoom.set(zoom, juntar(zoom));
    var janela = mapa.getBounds().pad(0.3), novas = new Map();
    porZoom.get(zoom).forEach(function (bolha) {
      if (!janela.contains(bolha.onde)) return;
      var chave = zoom + ":" + bolha.codigo;
      novas.set(chave, postas.get(chave) || por(bolha));
    });
    postas.forEach(function (marca, chave) { if (!novas.has(chave)) grupo.removeLayer(marca); });
    postas = novas;
  }

  function por(bolha) {
    var texto = frase(bolha);
    var icone = L.divIcon({ className: "bolha", html: desenho(bolha), iconSize: [2 * bolha.raio, 2 * bolha.raio] });
    var marca = L.marker(bolha.onde, { icon: icone, keyboard: true, riseOnHover: true, zIndexOffset: -Math.round(bolha.raio * 10) });
    marca.on("click", function () { abrir(bolha); });
    marca.on("keydown", function (evento) { // o Leaflet só faz da bolha um botão; o Enter é por nossa conta
      var tecla = evento.originalEvent;
      if (tecla.key !== "Enter" && tecla.key !== " ") return;
      tecla.preventDefault();
      abrir(bolha);
    });
    marca.bindTooltip(texto, { direction: "top", offset: [0, -bolha.raio] });
    grupo.addLayer(marca);
    marca.getElement().setAttribute("aria-label", texto);
    return marca;
  }

  function abrir(bolha) {
    if (bolha.lugares.length > 1 && mapa.getZoom() < mapa.getMaxZoom()) {
      mapa.fitBounds(L.latLngBounds(bolha.lugares.map(function (l) { return l.onde; })).pad(0.15));
      return;
    }
    var endereco = lugar.dataset.lugar + bolha.codigo;
    if (window.htmx) window.htmx.ajax("GET", endereco, { target: "#lugar", swap: "outerHTML" });
    else location.href = endereco;
  }

  var caixa = L.latLngBounds(lugares.map(function (l) { return l.onde; }));
  mapa.fitBounds(caixa.isValid() ? caixa.pad(0.12) : BRASIL, { maxZoom: 7, animate: false });
  mostrar();
  mapa.on("moveend", mostrar);
})();
