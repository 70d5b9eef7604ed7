/** SHA-256 of the module that this page was built with. */
declare const __MODULE_SHA256__: string;
