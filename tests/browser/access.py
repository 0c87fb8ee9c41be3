"""What would keep somebody from using a page: things without a name, too small to hit, too pale to read."""

from playwright.async_api import Page

NAMELESS = """() => [...document.querySelectorAll('button, a, input, select, img, [role=img], summary')]
  .filter(one => one.getClientRects().length > 0)
  .filter(one => {
    const label = one.getAttribute('aria-label') ?? one.getAttribute('alt') ?? one.getAttribute('title');
    const own = one.labels?.length ? [...one.labels].map(each => each.innerText).join('') : one.textContent;
    return !(label ?? '').trim() && !(own ?? '').trim();
  }).map(one => one.outerHTML.slice(0, 120))"""

TWICE = """() => {
  const ids = [...document.querySelectorAll('[id]')].map(one => one.id);
  return ids.filter((id, at) => ids.indexOf(id) !== at);
}"""

SMALL = """() => [...document.querySelectorAll('button, select, summary, .choice label')]
  .map(one => [one, one.getBoundingClientRect()])
  .filter(([one, box]) => box.width > 0 && (box.width < 24 || box.height < 24) && !one.closest('.map-canvas'))
  .map(([one, box]) => `${one.outerHTML.slice(0, 90)} ${Math.round(box.width)}x${Math.round(box.height)}`)"""

# Every visible text against what is painted behind it, as WCAG reckons contrast.
PALE = """() => {
  const parse = text => (text.match(/[\\d.]+/g) ?? []).map(Number);
  const light = ([red, green, blue]) => [red, green, blue]
    .map(part => part / 255).map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0);
  const behind = element => {
    for (let one = element; one; one = one.parentElement) {
      const style = getComputedStyle(one);
      const [red, green, blue, alpha = 1] = parse(style.backgroundColor);
      if (alpha === 1) return [red, green, blue];
    }
    return [255, 255, 255];
  };
  const faults = [];
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].filter(one => one.nodeType === 3).map(one => one.data).join('').trim();
    if (!own || element.closest('svg, .unseen, noscript, [aria-hidden=true], option, .map-canvas, .off')) continue;
    const box = element.getBoundingClientRect();
    const style = getComputedStyle(element);
    if (box.width < 2 || style.visibility === 'hidden' || style.clipPath !== 'none') continue;
    const [front, back] = [light(parse(style.color)), light(behind(element))];
    const ratio = (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05);
    if (ratio >= (parseFloat(style.fontSize) >= 24 ? 3 : 4.5)) continue;
    faults.push(`${own.slice(0, 40)} (${element.className}) ${ratio.toFixed(2)}`);
  }
  return faults;
}"""

SIDEWAYS = "() => document.documentElement.scrollWidth > innerWidth ? ['scrolls sideways'] : []"


async def faults_of(page: Page) -> list[str]:
    return [str(fault) for check in (NAMELESS, TWICE, SMALL, PALE, SIDEWAYS) for fault in await page.evaluate(check)]
