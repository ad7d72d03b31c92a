namespace NetViz.Tests.Cli;

/// <summary>What makes a page readable, looked at from inside a browser.</summary>
internal static class PageInspection
{
    /// <summary>
    /// A function that gives the faults of what is shown, a text each. Contrast is that of WCAG 2.2 (1.4.3), from the computed
    /// colours of each text and of what lies behind it.
    /// </summary>
    public const string Script = """
        () => {
          const faults = [], root = document.documentElement;
          const shown = element => element.checkVisibility();
          if (!root.lang) faults.push('no language');
          if (!document.title) faults.push('no title');
          if (!document.querySelector('meta[name=viewport][content*="width=device-width"]')) faults.push('no viewport');
          if (root.scrollWidth > root.clientWidth) faults.push(`scrolls sideways: ${root.scrollWidth} > ${root.clientWidth}`);

          for (const image of document.images) {
            if (!image.complete || image.naturalWidth === 0) faults.push(`no picture: ${image.alt}`);
            if (!image.alt.trim()) faults.push('a picture without a text');
            if (shown(image) && image.width > root.clientWidth) faults.push(`too wide a picture: ${image.alt}`);
          }

          let level = 0;
          for (const heading of document.querySelectorAll('h1, h2, h3, h4, h5, h6')) {
            const next = +heading.tagName[1];
            if (next > level + 1 || (next === 1) !== (level === 0)) faults.push(`${heading.tagName} after H${level}`);
            level = next;
          }

          for (const link of document.querySelectorAll('a')) {
            if (!document.querySelector(link.getAttribute('href'))) faults.push(`a link to nothing: ${link.href}`);
          }

          const numbers = colour => colour.match(/[\d.]+/g).map(Number);
          const luminance = ([r, g, b]) => [r, g, b].map(v => v / 255)
            .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
            .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
          const behind = element => {
            for (let e = element; e; e = e.parentElement) {
              const colour = numbers(getComputedStyle(e).backgroundColor);
              if (colour.length === 3 || colour[3] === 1) return colour;
              if (colour[3] > 0) faults.push(`half transparent: ${e.tagName}`);
            }
            return [255, 255, 255];
          };
          let texts = 0;
          const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          while (walk.nextNode()) {
            const element = walk.currentNode.parentElement, text = walk.currentNode.data.trim();
            if (!text || !shown(element)) continue;
            texts++;
            const style = getComputedStyle(element), size = parseFloat(style.fontSize);
            if (size < 12) faults.push(`${size} px: ${text}`);
            const [dark, light] = [luminance(numbers(style.color)), luminance(behind(element))].sort((a, b) => a - b);
            const contrast = (light + 0.05) / (dark + 0.05);
            if (!(contrast >= 4.5)) faults.push(`contrast ${contrast.toFixed(2)}: ${text}`);
            const range = document.createRange();
            range.selectNodeContents(walk.currentNode);
            const box = range.getBoundingClientRect();
            const isOutside = box.left < 0 || box.right > root.clientWidth + 0.5;
            if (isOutside && !element.closest('.table')) faults.push(`cut off: ${text}`);
          }

          const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          while (words.nextNode()) {
            if (!words.currentNode.parentElement.matches('th, td, h1, h2, h3, strong, summary')) continue;
            for (const word of words.currentNode.data.matchAll(/[A-Za-z]+/g)) {
              const range = document.createRange();
              range.setStart(words.currentNode, word.index);
              range.setEnd(words.currentNode, word.index + word[0].length);
              if (range.getClientRects().length > 1) faults.push(`broken word: ${word[0]}`);
            }
          }
          if (texts < 50) faults.push(`only ${texts} texts`);
          return faults;
        }
        """;
}
