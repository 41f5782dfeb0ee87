import { launch } from "./browser.js"; import { serve } from "./serve.js"; import { chapters } from "./book.js"; import { statSync } from "node:fs"; import { site } from "./book.js";
const browser = await launch(); const book = await serve();
const heavy = process.argv[2] ?? chapters.sort((a,b)=>statSync(site+"/"+b).size-statSync(site+"/"+a).size)[0];
const res=[];
for (let i=0;i<5;i++){ const c=await browser.newContext({viewport:{width:360,height:740}}); const p=await c.newPage(); const s=await c.newCDPSession(p); await s.send("Emulation.setCPUThrottlingRate",{rate:4});
await p.goto(book+heavy); const t=await p.evaluate(()=>{const n=performance.getEntriesByType("navigation")[0]; return [n.domInteractive,n.domContentLoadedEventEnd,n.loadEventEnd, performance.getEntriesByName("first-contentful-paint")[0]?.startTime].map(x=>Math.round(x))}); res.push(t); await c.close(); }
console.log(heavy, JSON.stringify(res)); process.exit(0);
