import { join } from 'node:path';

import ts from 'typescript';

import { ROOT } from './examples';

/** A public member of an interface or a class, or a public function, with its docstring. */
export interface Declared {
  readonly name: string;
  /** As it is written; for a function, its parameters and result. */
  readonly type: string;
  /** One paragraph. */
  readonly text: string;
  /** Content of the `@default` tag. */
  readonly fallback?: string;
  /** Class that the type names, where this package declares it. */
  readonly className?: string;
}

/** Docstrings and types as the compiler reads them from the sources of the package. */
export class Declarations {
  private readonly checker: ts.TypeChecker;
  private readonly sources: readonly ts.SourceFile[];

  constructor() {
    const program = ts.createProgram([join(ROOT, 'lib', 'index.ts')], {
      module: ts.ModuleKind.Node16,
      moduleResolution: ts.ModuleResolutionKind.Node16,
      target: ts.ScriptTarget.ES2022,
      strict: true,
      skipLibCheck: true,
      types: ['node'],
    });
    this.checker = program.getTypeChecker();
    this.sources = program
      .getSourceFiles()
      .filter(({ fileName }) => fileName.startsWith(join(ROOT, 'lib')));
  }

  /** Members of an interface, in the order in which they are declared. */
  interfaceMembers(name: string): Declared[] {
    return this.find(name, ts.isInterfaceDeclaration)
      .members.filter(ts.isPropertySignature)
      .map((member) => this.declared(member, member.type));
  }

  /** Public fields of a class, inherited ones first. */
  classFields(name: string): Declared[] {
    const declaration = this.find(name, ts.isClassDeclaration);
    const [parent] = declaration.heritageClauses?.flatMap(({ types }) => types) ?? [];
    const parentName = parent?.expression.getText() ?? '';
    const own = declaration.members
      .filter(ts.isPropertyDeclaration)
      .filter((member) => !isHidden(member))
      .map((member) => this.declared(member, member.type));
    return this.has(parentName) ? [...this.classFields(parentName), ...own] : own;
  }

  /** Public methods of a class, static ones included. */
  classMethods(name: string): Declared[] {
    return this.find(name, ts.isClassDeclaration)
      .members.filter(ts.isMethodDeclaration)
      .filter((member) => !isHidden(member))
      .map((member) => this.callable(member));
  }

  function(name: string): Declared {
    return this.callable(this.find(name, ts.isFunctionDeclaration));
  }

  /** The docstring of a class, an interface or a function. */
  textOf(name: string): string {
    const declaration = this.find(
      name,
      (node) =>
        ts.isClassDeclaration(node) ||
        ts.isInterfaceDeclaration(node) ||
        ts.isFunctionDeclaration(node),
    );
    return this.documentation(declaration);
  }

  private declared(member: ts.NamedDeclaration, type: ts.TypeNode | undefined): Declared {
    const fallback = ts
      .getJSDocTags(member)
      .find(({ tagName }) => tagName.text === 'default')?.comment;
    const written = oneLine(type?.getText() ?? '');
    return {
      name: member.name?.getText() ?? '',
      type: written,
      text: this.documentation(member),
      ...(fallback === undefined
        ? {}
        : { fallback: oneLine(ts.getTextOfJSDocComment(fallback) ?? '') }),
      ...(this.has(written) ? { className: written } : {}),
    };
  }

  private callable(member: ts.MethodDeclaration | ts.FunctionDeclaration): Declared {
    const parameters = member.parameters
      .map((parameter) => oneLine(parameter.getText()))
      .join(', ');
    return {
      name: member.name?.getText() ?? '',
      type: `(${parameters}): ${oneLine(member.type?.getText() ?? '')}`,
      text: [
        this.documentation(member),
        ...ts.getJSDocTags(member).flatMap((tag) => {
          const comment = oneLine(ts.getTextOfJSDocComment(tag.comment) ?? '');
          return ts.isJSDocParameterTag(tag) ? [`\`${tag.name.getText()}\`: ${comment}`] : [];
        }),
      ]
        .filter((part) => part !== '')
        .join(' '),
    };
  }

  private documentation(node: ts.NamedDeclaration): string {
    const symbol = node.name && this.checker.getSymbolAtLocation(node.name);
    const parts = symbol?.getDocumentationComment(this.checker) ?? [];
    return oneLine(ts.displayPartsToString(parts)).replaceAll(/\{@link ([\w.]+)\s*\}/g, '`$1`');
  }

  private has(name: string): boolean {
    return this.sources.some((source) =>
      source.statements.some((node) => ts.isClassDeclaration(node) && node.name?.text === name),
    );
  }

  private find<Kind extends ts.DeclarationStatement>(
    name: string,
    is: (node: ts.Node) => node is Kind,
  ): Kind {
    for (const { statements } of this.sources) {
      const found = statements.find((node): node is ts.Statement & Kind => {
        return is(node) && node.name?.getText() === name;
      });
      if (found) return found;
    }
    throw new Error(`no declaration of ${name}`);
  }
}

function isHidden(member: ts.ClassElement): boolean {
  const flags = ts.getCombinedModifierFlags(member);
  return (flags & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected)) !== 0;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}
