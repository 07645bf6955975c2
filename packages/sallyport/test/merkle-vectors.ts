/** The leaves of the test vectors of Certificate Transparency, and the root of the tree with each of them and those before. */
export const merkleVectors: readonly { readonly leaf: string; readonly root: string }[] = [
  { leaf: "", root: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d" },
  { leaf: "00", root: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125" },
  { leaf: "10", root: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77" },
  { leaf: "2021", root: "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7" },
  { leaf: "3031", root: "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4" },
  { leaf: "40414243", root: "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef" },
  { leaf: "5051525354555657", root: "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c" },
  {
    leaf: "606162636465666768696a6b6c6d6e6f",
    root: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
  },
];
