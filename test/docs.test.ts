import { GENERATED_PARTS, generatedPage } from './support/generated-docs';

test.each(GENERATED_PARTS)('docs/%s: the %s is what `npm run docs` writes', (page, name, text) => {
  const [actual, expected] = generatedPage(page, name, text());
  expect(actual).toBe(expected);
});
