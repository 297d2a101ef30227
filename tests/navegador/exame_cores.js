// As cores de um texto como o axe as julga: a letra, e tudo o que está por trás dela ou por cima.
(() => {
  const COMANDOS = 'input, select, textarea, button';
  const ELO = 'a[href], [role=link]';
  const BLOCOS = ['block', 'list-item', 'table', 'flex', 'grid', 'inline-block'];
  const QUE_PINTAM = '*:not(svg *, script, style, option)';
  const LIMITE = 150000; // pares de texto e fundo; além deles, comparar custa mais do que perguntar
  const INVISIVEL = /^(transparent|rgba\(.*, 0\))$/;
  const CHEIO = /^rgb\([^)]*\)none$/;

  const temTexto = (e) => [...e.childNodes].some((no) => no.nodeType === 3 && no.data.trim());
  const cruzam = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  const cabe = (a, b) => a.left >= b.left - 1 && a.right <= b.right + 1 && a.top >= b.top - 1 && a.bottom <= b.bottom + 1;

  // O que um elemento pinta, ele e os seus pseudoelementos; nada, se deixa ver o que está atrás tal como é.
  const efeitosDe = ({opacity, filter, mixBlendMode, backdropFilter, clipPath}) => {
    const efeitos = [opacity, filter, mixBlendMode, backdropFilter, clipPath].join();
    return efeitos === '1,none,normal,none,none' ? '' : efeitos;
  };
  const fundoDe = ({backgroundColor, backgroundImage}) => (
    INVISIVEL.test(backgroundColor) && backgroundImage === 'none' ? '' : backgroundColor + backgroundImage);
  const deEnfeite = (e, qual) => {
    const estilo = getComputedStyle(e, qual);
    if (estilo.content === 'none' || estilo.content === 'normal' || !fundoDe(estilo)) return '';
    return `${qual}${estilo.position}${fundoDe(estilo)}${efeitosDe(estilo)}`;
  };

  const olhar = () => {
    const vistos = new Map();
    return (e) => {
      if (!vistos.has(e)) {
        const estilo = getComputedStyle(e);
        const [efeitos, fundo] = [efeitosDe(estilo), fundoDe(estilo)];
        vistos.set(e, {
          estilo, efeitos, pinta: fundo + efeitos + deEnfeite(e, '::before') + deEnfeite(e, '::after'),
          cheio: CHEIO.test(fundo), corta: estilo.overflow !== 'visible', caixa: e.getBoundingClientRect(),
        });
      }
      return vistos.get(e);
    };
  };

  // Um fundo só vale onde o texto lhe fica dentro, e o que uma caixa corta não se vê. Atrás de um fundo cheio, só
  // contam os efeitos.
  const atras = (e, visto) => {
    const [camadas, {caixa}] = [[], visto(e)];
    let tapado = visto(e).cheio;
    for (let pai = e.parentElement; pai; pai = pai.parentElement) {
      const {pinta, efeitos, cheio, corta, caixa: dele} = visto(pai);
      const dentro = cabe(caixa, dele);
      if (tapado ? efeitos : pinta) camadas.push(tapado ? efeitos : `${pinta}${dentro}`);
      if (corta && !dentro) camadas.push('cortado');
      tapado ||= cheio && dentro;
    }
    return camadas.join('<');
  };

  const porCima = (e, visto, pintados) => {
    const {caixa} = visto(e);
    const quais = pintados.filter((p) => p !== e && cruzam(caixa, visto(p).caixa) && !p.contains(e));
    return [...new Set(quais.map((p) => visto(p).pinta))].join('+');
  };

  // O axe não olha o desligado, nem o rótulo dele, nem o que está atrás de um diálogo; nem decide sobre um sinal só.
  const julgado = (e, dialogo) => [
    e.matches(COMANDOS) ? e.nodeName + e.type : '', !!e.closest(':disabled, [aria-disabled=true], [inert]'),
    !!e.closest('label')?.control?.disabled, !!dialogo && !dialogo.contains(e),
    e.textContent.trim().length < 2, /[\p{L}\p{N}]/u.test(e.textContent), e.scrollWidth > e.clientWidth + 1,
  ];
  // O elo no meio de um texto distingue-se dele sem a cor, ou por ela; o que é bloco não está no meio de nada.
  const deElo = (e, visto) => {
    if (!e.matches(ELO) || BLOCOS.includes(visto(e).estilo.display)) return '';
    const {display, textDecoration, fontWeight, fontStyle, fontSize, borderBottom, fontFamily} = visto(e).estilo;
    const pai = visto(e.parentElement).estilo;
    return [
      display, textDecoration, fontWeight, fontStyle, fontSize, borderBottom, fontFamily, pai.display, pai.color,
      pai.fontWeight, pai.fontStyle, pai.fontSize, pai.fontFamily, visto(e.parentElement).pinta,
      e.parentElement.textContent.trim() === e.textContent.trim(),
    ].join();
  };
  // Da letra, só o que muda a conta: a cor, e se é das grandes.
  const letra = ({color, fontSize, fontWeight, textShadow, webkitTextStrokeWidth, webkitTextStrokeColor}) => [
    color, parseFloat(fontSize) >= (fontWeight >= 700 ? 18.66 : 24), textShadow,
    parseFloat(webkitTextStrokeWidth) ? webkitTextStrokeWidth + webkitTextStrokeColor : '',
  ];

  // De cada texto que se vê fora de `menos`, o que decide o contraste; nada, se são demais para comparar.
  window.coresDosTextos = (menos, lugar) => {
    const [visto, dialogo] = [olhar(), document.querySelector('dialog:modal')];
    const fora = new Set(menos.flatMap((m) => [m, ...m.querySelectorAll('*')]));
    const todos = [...document.body.querySelectorAll(QUE_PINTAM)].filter((e) => lugar(e) !== '0');
    const textos = todos.filter((e) => !fora.has(e) && (temTexto(e) || e.matches(`${COMANDOS}, ${ELO}`)));
    const pintados = todos.filter((e) => visto(e).pinta);
    if (textos.length * pintados.length > LIMITE) return null;
    return textos.map((e) => [e, [
      lugar(e), letra(visto(e).estilo), julgado(e, dialogo), visto(e).pinta, deElo(e, visto), atras(e, visto),
      porCima(e, visto, pintados),
    ].join('|')]);
  };
})();
