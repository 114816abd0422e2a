/** Public images that are an interpreter and little else, and the program that they are there for. */
const interpreters: { image: RegExp; program: string }[] = [
  { image: /^(docker\.io\/)?(library\/)?python(:|@|$)/, program: "python3" },
  { image: /^mcr\.microsoft\.com\/azureml\/openmpi/, program: "python3" },
  { image: /^(docker\.io\/)?(library\/)?(ubuntu|busybox|bash|alpine)(:|@|$)/, program: "sh" },
  { image: /^(docker\.io\/)?(rocker\/|(library\/)?r-base(:|@|$))/, program: "Rscript" },
  { image: /^(docker\.io\/)?(library\/)?julia(:|@|$)/, program: "julia" },
  { image: /^(docker\.io\/)?(library\/)?(openjdk|eclipse-temurin|maven)(:|@|$)/, program: "java" },
];

/** The program that a machine needs to stand in for an image; undefined when only a container has what is in it. */
export const interpreterOf = (image: string): string | undefined =>
  interpreters.find((known) => known.image.test(image))?.program;
