// Imprimir a página do checkup: o mesmo que Ctrl+P, para quem não o conhece.
document.querySelector("[data-imprimir]")?.addEventListener("click", () => window.print());
