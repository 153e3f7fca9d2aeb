// A formula that is wider than the page scrolls, for those who use the keyboard as well.
addEventListener('load', () => {
  for (const formula of document.querySelectorAll('.formula'))
    if (formula.scrollWidth > formula.clientWidth) formula.tabIndex = 0;
});
