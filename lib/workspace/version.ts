/** Version of this package, as labels and the command line state it. A test binds it to package.json. */
export const PACKAGE_VERSION = '0.1.0';
