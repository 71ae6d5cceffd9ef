/** Words that would like to act on what shows them. */
import fc from 'fast-check';

const attempts = [
  '</pre><script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  '<!-- ',
  '-->',
  ']]>',
  '</style><link rel=stylesheet href=https://example.com/a.css>',
  '<meta http-equiv=refresh content=0>',
  '![a](https://example.com/a.png)',
  '[a](javascript:alert(1))',
  '[a]: https://example.com',
  '<https://example.com>',
  'https://example.com www.example.com a@example.com @team #1 $x$ :smile:',
  '# heading',
  '- item',
  '1. item',
  '> quote',
  '| a | b |\n| --- | --- |',
  '---',
  '===',
  '```',
  '~~~',
  '``````\n# out of it',
  '`code` ``',
  '**strong** __strong__ *a* _b_ ~~c~~',
  '&lt;b&gt; &#60; &amp;',
  '\\*\\',
  '    indented',
  '<details open>',
  '\u202e\u0007\u001b[31m',
  '__proto__',
];

export const hostileWords = fc
  .oneof(
    fc.constantFrom(...attempts),
    fc
      .array(fc.constantFrom(...attempts, ' ', 'a', '\n', '`', '*', '_', '<', '&', '\\'), { maxLength: 6 })
      .map((parts) => parts.join('')),
    fc.string({ unit: 'binary', maxLength: 60 }),
  )
  .map((text) => `x ${text}`);
