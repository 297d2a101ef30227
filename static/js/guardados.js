/* O que espera sinal, guardado no aparelho: um banco por pessoa, e nada depois que ela sai. */
(function () {
  "use strict";
  const pessoa = document.body.dataset.aparelho;
  if (!pessoa || !window.indexedDB) return;
  const PREFIXO = "carteira-";
  const NOME = PREFIXO + pessoa;
  const LOJA = "contatos";
  const canal = new BroadcastChannel(NOME);
  let fechado = false; // depois de sair, ninguém reabre o banco
  let vez = Promise.resolve();

  function abrir(nome) {
    return new Promise((resolver, recusar) => {
      const pedido = indexedDB.open(nome, 1);
      pedido.onupgradeneeded = () => pedido.result.createObjectStore(LOJA, { keyPath: "chave" });
      pedido.onsuccess = () => resolver(pedido.result);
      pedido.onerror = () => recusar(pedido.error);
    });
  }

  async function pedir(modo, gesto, nome = NOME) {
    if (fechado) throw new Error("aparelho fechado");
    const banco = await abrir(nome);
    try {
      return await new Promise((resolver, recusar) => {
        const transacao = banco.transaction(LOJA, modo);
        const pedido = gesto(transacao.objectStore(LOJA));
        transacao.oncomplete = () => resolver(pedido.result);
        transacao.onabort = () => recusar(transacao.error);
      });
    } finally {
      banco.close();
    }
  }

  /* um gesto depois do outro: guardar e tirar nunca se cruzam */
  function naVez(gesto) {
    const feito = vez.then(gesto);
    vez = feito.catch(() => null);
    return feito;
  }

  function mudou() { document.dispatchEvent(new CustomEvent("guardadosMudaram")); }

  async function mudar(gesto) {
    const resultado = await naVez(() => pedir("readwrite", gesto));
    canal.postMessage("mudou");
    mudou();
    return resultado;
  }

  function apagar(nome) {
    return new Promise((resolver) => {
      const pedido = indexedDB.deleteDatabase(nome);
      pedido.onsuccess = pedido.onerror = pedido.onblocked = resolver;
    });
  }

  /* de outra pessoa só fica o que ela ainda não enviou, e só ela o vê */
  async function apagarVaziosDeOutros() {
    const bancos = indexedDB.databases ? await indexedDB.databases() : [];
    for (const { name } of bancos) {
      if (!name.startsWith(PREFIXO) || name === NOME) continue;
      const quantos = await naVez(() => pedir("readonly", (loja) => loja.count(), name));
      if (!quantos) await apagar(name);
    }
  }

  canal.addEventListener("message", (evento) => {
    if (evento.data === "saiu") fechado = true;
    else mudou();
  });

  window.guardados = {
    pessoa,
    por: (item) => mudar((loja) => loja.put(item)),
    tirar: (chave) => mudar((loja) => loja.delete(chave)),
    todos: async () => {
      const itens = await naVez(() => pedir("readonly", (loja) => loja.getAll()));
      return itens.sort((a, b) => (a.digitado_em < b.digitado_em ? -1 : 1));
    },
    apagarTudo: async () => {
      await vez;
      fechado = true;
      canal.postMessage("saiu");
      await apagar(NOME);
    },
  };
  apagarVaziosDeOutros().catch(() => null);
})();
