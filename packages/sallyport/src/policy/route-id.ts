/** The label of a route: `/chat`, or `app.example.com/chat`; several hosts are separated by commas. */
export function routeId(route: { readonly hosts: readonly string[]; readonly path: string }): string {
  return `${route.hosts.join(",")}${route.path}`;
}
