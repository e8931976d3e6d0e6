/* Texts of the SPARQL page, in the reader's language: the template fills them into data-words. */

export interface Words {
  editor: string;
  run: string;
  running: string;
  table: string;
  chart: string;
  map: string;
  response: string;
  shown: string;
  more: string;
  filter: string;
  label: string;
  value: string;
  count: string;
  points: string;
  failed: string;
  suggestions: string;
  stop: string;
  elapsed: string;
  stopped: string;
  none: string;
  unused: string;
  undeclared: string;
  declare: string;
  link: string;
  raw: string;
  download: string;
  all: string;
}
