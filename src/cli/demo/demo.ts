export async function runDemo(_: { home?: string; exit: boolean }): Promise<void> {}
