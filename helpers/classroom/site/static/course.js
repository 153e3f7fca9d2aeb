// A formula that is wider than the page scrolls, for those who use the keyboard as well.
addEventListener('load', () => {
  for (const math of document.querySelectorAll('p > math, li > math')) {
    if (math.getBoundingClientRect().width <= math.parentElement.clientWidth) continue;
    const line = document.createElement('span');
    line.className = 'formula';
    math.replaceWith(line);
    line.append(math);
  }
  for (const formula of document.querySelectorAll('.formula'))
    if (formula.scrollWidth > formula.clientWidth) formula.tabIndex = 0;
});
