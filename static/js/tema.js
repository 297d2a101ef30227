/* Tema: o servidor escreve data-tema a partir do cookie; aqui só se troca e se guarda. */
(function () {
  "use strict";
  var raiz = document.documentElement;

  function atual() {
    var escuro = matchMedia("(prefers-color-scheme: dark)").matches;
    return raiz.dataset.tema || (escuro ? "escuro" : "claro");
  }

  function guardar(tema) {
    var seguro = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = "tema=" + tema + "; Path=/; Max-Age=31536000; SameSite=Lax" + seguro;
  }

  // Página que o navegador tirou da memória pode ter o tema de antes da troca.
  addEventListener("pageshow", function () {
    var guardado = /(?:^|; )tema=(claro|escuro)/.exec(document.cookie);
    if (guardado) raiz.dataset.tema = guardado[1];
  });

  addEventListener("click", function (evento) {
    var botao = evento.target.closest && evento.target.closest("[data-alternar-tema]");
    if (!botao) return;
    var tema = atual() === "escuro" ? "claro" : "escuro";
    raiz.dataset.tema = tema;
    guardar(tema);
    botao.setAttribute("aria-pressed", String(tema === "escuro"));
  });
})();
