// A referência da API: lê o esquema desta casa e, ao experimentar, usa a sessão de quem entrou.
"use strict";

const lugar = document.getElementById("api");

// O tema é o da casa: o escolhido, ou o do aparelho; o Swagger UI tem o seu escuro, que uma classe liga.
const raiz = document.documentElement;
const escuroNoAparelho = matchMedia("(prefers-color-scheme: dark)");
function vestir() {
  const escuro = raiz.dataset.tema ? raiz.dataset.tema === "escuro" : escuroNoAparelho.matches;
  raiz.classList.toggle("dark-mode", escuro);
}
vestir();
escuroNoAparelho.addEventListener("change", vestir);

window.SwaggerUIBundle({
  domNode: lugar,
  url: lugar.dataset.esquema,
  deepLinking: true,
  docExpansion: "none",
  filter: true,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  validatorUrl: null,
  requestInterceptor(pedido) {
    const daqui = new URL(pedido.url, location.href).origin === location.origin;
    if (daqui) {
      pedido.headers["X-CSRFToken"] = lugar.dataset.csrf;
    }
    return pedido;
  },
});
