/* A faixa "1 contato espera sinal" e a lista do que está guardado: ver, copiar, reenviar e descartar. */
(function () {
  "use strict";
  const guardados = window.guardados;
  const faixa = document.getElementById("espera");
  const dialogo = document.getElementById("guardados");
  if (!guardados || !faixa) return;
  const RECENTE = 60000; // o que a página está enviando agora ainda não espera nada
  const HORA = new Intl.DateTimeFormat("pt-BR", { day: "2-digit", month: "2-digit", hour: "2-digit", minute: "2-digit" });

  function um(seletor, raiz) { return (raiz || document).querySelector(seletor); }

  function conta(item) { return item.estado !== "enviando" || Date.now() - item.desde > RECENTE; }

  function quantos(itens) {
    return itens.length === 1 ? "1 contato" : `${itens.length} contatos`;
  }

  function frase(itens) {
    const recusados = itens.filter((i) => i.estado === "recusado").length;
    if (recusados === itens.length) return `${quantos(itens)} não ${itens.length === 1 ? "foi aceito" : "foram aceitos"}`;
    return `${quantos(itens)} ${itens.length === 1 ? "espera" : "esperam"} sinal`;
  }

  function porque(itens) {
    const situacao = window.envio ? window.envio.situacao() : "";
    if (situacao === "entrar" || itens.some((i) => i.porque === "entrar")) return "A sua sessão venceu: entre de novo para enviar.";
    if (situacao === "outra_pessoa") return "Outra pessoa entrou neste aparelho: eles seguem quando você entrar.";
    const recusados = itens.filter((i) => i.estado === "recusado").length;
    if (recusados) return "Veja o motivo e o que fazer.";
    return itens.length === 1 ? "Segue sozinho quando a rede voltar." : "Seguem sozinhos quando a rede voltar.";
  }

  async function mostrar() {
    const itens = (await guardados.todos()).filter(conta);
    faixa.hidden = !itens.length;
    if (itens.length) {
      faixa.classList.toggle("alerta", itens.some((item) => item.estado === "recusado"));
      um("[data-quantos]", faixa).textContent = `${frase(itens)}.`;
      um("[data-porque]", faixa).textContent = porque(itens);
      um("[data-entrar]", faixa).hidden = !porque(itens).startsWith("A sua sessão");
    }
    um("[data-lista]", dialogo).replaceChildren(...itens.map(linha));
    if (!itens.length && dialogo.open) dialogo.close();
    document.dispatchEvent(new CustomEvent("esperaMostrada", { detail: itens }));
  }

  function linha(item) {
    const li = um("[data-linha-guardada]", dialogo).content.cloneNode(true).firstElementChild;
    um("[data-cliente]", li).textContent = item.cliente;
    const quando = um("time", li);
    quando.dateTime = item.digitado_em;
    quando.textContent = HORA.format(new Date(item.digitado_em));
    um("[data-texto]", li).textContent = item.texto;
    if (item.estado === "recusado") {
      um("[data-motivo]", li).textContent = item.motivo;
      um(".erro", li).hidden = um("[data-de-novo]", li).hidden = false;
    }
    ligar(li, item);
    return li;
  }

  function ligar(li, item) {
    const confirmar = (sim) => {
      for (const nome of ["[data-descartar-mesmo]", "[data-ficar]"]) um(nome, li).hidden = !sim;
      for (const nome of ["[data-descartar]", "[data-copiar]"]) um(nome, li).hidden = sim;
      um(sim ? "[data-ficar]" : "[data-descartar]", li).focus();
    };
    um("[data-descartar]", li).addEventListener("click", () => confirmar(true));
    um("[data-ficar]", li).addEventListener("click", () => confirmar(false));
    um("[data-descartar-mesmo]", li).addEventListener("click", () => guardados.tirar(item.chave));
    um("[data-copiar]", li).addEventListener("click", (evento) => copiar(item, evento.currentTarget));
    um("[data-de-novo]", li).addEventListener("click", async () => {
      await guardados.por({ ...item, estado: "esperando", motivo: "" });
      await window.envio.enviar();
    });
  }

  async function copiar(item, botao) {
    await navigator.clipboard.writeText(`${item.cliente} · ${HORA.format(new Date(item.digitado_em))}\n${item.texto}`);
    botao.lastChild.textContent = "Copiado";
  }

  um("[data-enviar]", dialogo).addEventListener("click", async (evento) => {
    const botao = evento.currentTarget;
    botao.disabled = true;
    await window.envio.enviar().catch(() => null);
    botao.disabled = false;
  });

  function refazer() { mostrar().catch(() => { faixa.hidden = true; }); }
  document.addEventListener("guardadosMudaram", refazer);
  refazer();
})();
