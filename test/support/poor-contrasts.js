// Runs in a page: texts whose contrast with what is behind them is less than `least` (WCAG 2.2, 1.4.3).
(least) => {
  const parse = (color) => {
    const [red = 0, green = 0, blue = 0, alpha = 1] = (color.match(/[\d.]+/g) ?? []).map(Number);
    return { channels: [red, green, blue], alpha };
  };
  const luminance = (channels) => {
    const [red, green, blue] = channels.map((channel) => {
      const share = channel / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const behind = (element) => {
    const { channels, alpha } = parse(getComputedStyle(element).backgroundColor);
    if (alpha === 1) return channels;
    return element.parentElement ? behind(element.parentElement) : [255, 255, 255];
  };
  for (const details of document.querySelectorAll('details')) details.open = true;
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = { looked: 0, poor: [] };
  while (texts.nextNode()) {
    const text = texts.currentNode.textContent.trim();
    const element = texts.currentNode.parentElement;
    if (text === '' || element.closest('title, desc')) continue;
    const style = getComputedStyle(element);
    const ink = luminance(parse(element.closest('svg') ? style.fill : style.color).channels);
    const paper = luminance(behind(element));
    const ratio = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
    found.looked += 1;
    if (ratio < least) found.poor.push(`${ratio.toFixed(2)} ${text.slice(0, 40)}`);
  }
  return found;
};
