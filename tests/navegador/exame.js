// O exame da tela: vai na página junto do axe, e responde de uma vez por todos os temas pedidos.
(() => {
  const REGRAS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
  const DE_COR = ['color-contrast', 'link-in-text-block'];
  // As que a largura muda sem que nada apareça nem suma.
  const DE_MEDIDA = ['target-size', 'scrollable-region-focusable'];
  // O que toda página de dentro repete; os marcos ficam sempre no exame, que os conta na página inteira.
  const MOLDURA = '.lateral, .topo, .barra-baixo, #menu-celular, #ajuda-teclas';
  const MARCOS = 'aside, header, nav, main, footer, form, section, [role]';
  const SEM_TRACOS = '*:not(svg *)';

  const doisQuadros = () => new Promise((seguir) => {
    requestAnimationFrame(() => { requestAnimationFrame(seguir); });
  });

  // Há painéis que só vêm quando se chega a eles: chega-se a todos, e o que se examina é a página toda.
  const chegados = new WeakSet();
  const chegarAosPaineis = async () => {
    const proximo = () => [...document.querySelectorAll('[hx-trigger*=intersect]')].find((p) => !chegados.has(p));
    const [left, top] = [scrollX, scrollY];
    for (let painel = proximo(); painel; painel = proximo()) {
      chegados.add(painel);
      painel.scrollIntoView({behavior: 'instant', block: 'center'});
      await doisQuadros();
    }
    if (scrollX !== left || scrollY !== top) scrollTo({left, top, behavior: 'instant'});
  };

  const semSegredos = (html) => html.replace(/value="\w{64}"/g, '');
  const seVe = (e) => e.checkVisibility({opacityProperty: true, visibilityProperty: true});
  // Também o que só se lê em voz alta (um pixel, ou fora da janela) se distingue do que se vê.
  const lugar = (e) => {
    if (!seVe(e)) return '0';
    const {width, height, right} = e.getBoundingClientRect();
    return width > 1 && height > 1 && right > 0 ? '2' : '1';
  };
  const aparencia = (e) => {
    const {width, height} = e.getBoundingClientRect();
    const {color, backgroundColor, backgroundImage, fontSize, fontWeight, textDecorationLine} = getComputedStyle(e);
    return [
      width.toFixed(), height.toFixed(), color, backgroundColor, backgroundImage, fontSize, fontWeight,
      textDecorationLine, seVe(e),
    ].join();
  };

  // Um resumo de 53 bits, sem esperar por ninguém: o escuro que nada traz de novo nem chega a desenhar-se.
  const resumo = (texto) => {
    let [a, b] = [0xdeadbeef, 0x41c6ce57];
    for (let i = 0; i < texto.length; i++) {
      const letra = texto.charCodeAt(i);
      a = Math.imul(a ^ letra, 2654435761);
      b = Math.imul(b ^ letra, 1597334677);
    }
    a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
    b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
    return (4294967296 * (2097151 & b) + (a >>> 0)).toString(36);
  };

  // O que está escrito num elemento e, do que aparece, como: as cores, as medidas, e o fundo dos que o contêm.
  const assinatura = (e, tema, fundo) => {
    const comoSeVe = e.checkVisibility()
      ? [innerWidth, tema, fundo, ...[e, ...e.querySelectorAll(SEM_TRACOS)].map(aparencia)]
      : ['fechado'];
    return resumo([semSegredos(e.outerHTML), ...comoSeVe].join('|'));
  };

  const pedacos = (parte) => [...parte.children].flatMap(
    (e) => (e.matches(MARCOS) || e.querySelector(MARCOS) ? pedacos(e) : [e]));

  // Os pedaços da moldura que já se examinaram assim, e os que ainda não.
  const moldura = (tema, vistas) => {
    const [sabidos, novos, novas] = [[], [], []];
    for (const parte of document.querySelectorAll(MOLDURA)) {
      const fundo = aparencia(parte);
      for (const pedaco of pedacos(parte)) {
        const qual = assinatura(pedaco, tema, fundo);
        if (vistas.has(qual)) { sabidos.push(pedaco); continue; }
        novos.push(pedaco);
        novas.push(qual);
      }
    }
    return {sabidos, novos, novas};
  };

  // O que diz a marcação: o que está escrito, e o que aparece. Igual, as regras de marcação diriam o mesmo.
  const marcacao = () => [
    document.title, semSegredos(document.body.outerHTML),
    ...[...document.body.querySelectorAll(SEM_TRACOS)].filter((e) => !e.closest(MOLDURA)).map(lugar),
  ].join('');

  // Cor e medida são só do que se vê: os diálogos fechados da moldura, metade do documento, esperam fora dele.
  const semOsFechados = async (fazer) => {
    const fora = [...document.querySelectorAll('#menu-celular:not([open]), #ajuda-teclas:not([open])')]
      .map((dialogo) => { const vaga = document.createComment(''); dialogo.replaceWith(vaga); return [dialogo, vaga]; });
    try {
      return await fazer();
    } finally {
      fora.forEach(([dialogo, vaga]) => vaga.replaceWith(dialogo));
    }
  };

  const correr = (onde, regras, fora = []) => axe.run(onde, {
    runOnly: regras, resultTypes: ['violations'], preload: {assets: ['media']},
    rules: Object.fromEntries(fora.map((regra) => [regra, {enabled: false}])),
  });

  // Um alvo meio atrás de uma barra fixa não é pequeno: mede-se outra vez no meio da janela.
  const confirmada = async (regra, no) => {
    if (regra !== 'target-size') return true;
    document.querySelector(no.target[0]).scrollIntoView({block: 'center'});
    return (await correr(no.target, ['target-size'])).violations.length > 0;
  };

  const violacoes = async (onde, regras, fora) => {
    const achadas = [];
    for (const regra of (await correr(onde, regras, fora)).violations) {
      for (const no of regra.nodes) {
        if (await confirmada(regra.id, no)) {
          achadas.push(`${regra.id}: ${no.target} ${(no.failureSummary || '').slice(0, 200)}`);
        }
      }
    }
    return achadas;
  };

  // A marcação que já passou por todas as regras, nesta página.
  let aprovada = null;

  // De cada jeito que ainda não se julgou em página nenhuma, um texto; todos, se são demais para comparar.
  const coresNovas = (sabidos, vistas) => {
    const textos = coresDosTextos(sabidos, lugar);
    if (!textos) return {textos: [document], cores: []};
    const novos = new Map(textos.map(([e, cor]) => [resumo(cor), e]).filter(([cor]) => !vistas.has(cor)));
    return {textos: [...novos.values()], cores: [...novos.keys()]};
  };

  const asCores = (textos) => (textos.length ? semOsFechados(() => violacoes(textos, DE_COR)) : []);

  // Se a marcação é a aprovada, falta o que a medida muda, e a dos pedaços da moldura que ainda não se viram assim.
  const aMarcacao = async (onde, novos) => {
    if (aprovada === null || marcacao() !== aprovada) return violacoes(onde, REGRAS, DE_COR);
    const achadas = await semOsFechados(() => violacoes(onde, DE_MEDIDA));
    return novos.length ? [...achadas, ...(await violacoes(novos, REGRAS, [...DE_COR, ...DE_MEDIDA]))] : achadas;
  };

  const aPagina = async (escuro, vistas) => {
    const {sabidos, novos, novas} = moldura(escuro ? 'escuro' : 'claro', vistas);
    const {textos, cores} = coresNovas(sabidos, vistas);
    const achadas = [...(await asCores(textos))];
    novas.push(...cores);
    if (escuro) return {achadas, novas};
    achadas.push(...(await aMarcacao(sabidos.length ? {exclude: sabidos} : document, novos)));
    aprovada = achadas.length ? null : marcacao();
    return {achadas, novas};
  };

  const umTema = async (parte, vistas) => {
    const escuro = document.documentElement.dataset.tema === 'escuro';
    if (!parte) return aPagina(escuro, vistas);
    return {achadas: await violacoes(parte, escuro ? DE_COR : REGRAS), novas: []};
  };

  // Num e-mail, só o leitor diz o tema: quem tem vários a examinar pede-os um a um, e põe o sistema em cada um.
  const doSistema = !('tema' in document.documentElement.dataset);

  window.exame = async ({temas, parte, vistas}, quieta, vestir) => {
    if (doSistema && temas.length > 1) return {exames: []};
    if (!parte) await chegarAosPaineis();
    if (!(await quieta())) return 'espera';
    const [exames, sabidas] = [[], new Set(vistas.split(' '))];
    for (const tema of temas) {
      vestir(tema);
      exames.push({tema, ...(await umTema(parte, sabidas))});
    }
    if (temas.length > 1) vestir(temas[0]); // o escuro em que nada havia a perguntar não chegou a desenhar-se
    return {exames, cabe: document.documentElement.scrollWidth <= window.innerWidth};
  };
})();
