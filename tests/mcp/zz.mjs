import {spawnSync} from 'node:child_process';
import Ajv from 'ajv/dist/2020.js';
const R=n=>Math.floor(Math.random()*n), pick=a=>a[R(a.length)];
function val(d){switch(R(d>0?9:7)){case 0:return null;case 1:return pick([true,false]);case 2:return R(6);case 3:return pick([0.5,1.5,2.0,-1,3.25,100]);case 4:case 5:return pick(['','a','ab','abc','äö','1']);case 6:return R(3);case 7:return Array.from({length:R(4)},()=>val(d-1));default:{const o={};for(let i=R(4);i>0;i--)o[pick(['a','b','c','x1'])]=val(d-1);return o}}}
const types=['object','array','string','number','integer','boolean','null'];
function sch(d){if(R(12)==0)return pick([true,false]);const s={};const n=1+R(3);for(let i=0;i<n;i++){switch(R(d>0?30:17)){
case 0:case 1:s.type=pick(types);break;case 2:s.type=[...new Set([pick(types),pick(types)])];break;case 3:s.enum=[val(1),val(1),val(1)].filter((v,i,a)=>a.findIndex(w=>JSON.stringify(w)===JSON.stringify(v))===i);break;case 4:s.const=val(1);break;
case 5:s.minimum=R(4);break;case 6:s.maximum=R(4);break;case 7:s.exclusiveMinimum=R(4);break;case 8:s.exclusiveMaximum=R(4);break;case 9:s.multipleOf=pick([1,2,0.5,0.25]);break;case 10:s.minLength=R(3);break;case 11:s.maxLength=R(3);break;case 12:s.pattern=pick(['^a','b$','^.{2}$','[0-9]']);break;case 13:s.minItems=R(3);break;case 14:s.uniqueItems=pick([true,false]);break;case 15:s.required=[...new Set([pick(['a','b']),pick(['b','c'])])];break;case 16:s.minProperties=R(3);break;
case 17:case 18:s.properties={a:sch(d-1),b:sch(d-1)};break;case 19:s.additionalProperties=sch(d-1);break;case 20:s.patternProperties={'^x':sch(d-1),'b':sch(d-1)};break;case 21:s.items=sch(d-1);break;case 22:s.prefixItems=[sch(d-1),sch(d-1)];break;case 23:s.contains=sch(d-1);if(R(2))s.minContains=R(3);if(R(3)==0)s.maxContains=1+R(2);break;case 24:s.allOf=[sch(d-1),sch(d-1)];break;case 25:s.anyOf=[sch(d-1),sch(d-1)];break;case 26:s.oneOf=[sch(d-1),sch(d-1)];break;case 27:s.not=sch(d-1);break;case 28:s.if=sch(d-1);if(R(2))s.then=sch(d-1);if(R(2))s.else=sch(d-1);break;case 29:switch(R(4)){case 0:s.propertyNames=sch(d-1);break;case 1:s.dependentRequired={a:['b']};break;case 2:s.dependentSchemas={a:sch(d-1)};break;default:s.maxProperties=R(3)}}}
return s}
function root(){const s=sch(3);if(typeof s==='object'&&R(3)==0){s.$defs={d:sch(2)};if(s.properties)s.properties.c={$ref:'#/$defs/d'};else s.$ref='#/$defs/d'}return s}
const cases=[];while(cases.length<20000){const s=root();let f;try{f=new Ajv({strict:false,validateFormats:false,logger:false}).compile(s)}catch(e){continue}for(let i=0;i<3;i++){const v=val(3);cases.push([s,v,f(v)?1:0])}}
const out=spawnSync('/tmp/mcp/jsd',{input:cases.map(([s,v])=>JSON.stringify([s,v])).join('\n')+'\n',maxBuffer:1<<26});
if(out.status!==0)console.log(out.stderr.toString().slice(0,3000));
const got=out.stdout.toString().trim().split('\n').map(Number);let bad=0,yes=0,odd=0;
cases.forEach(([s,v,w],i)=>{if(got[i]>1)odd++;yes+=w;if(got[i]!==w&&bad++<8)console.log(JSON.stringify(s),'|',JSON.stringify(v),'ajv',w,'we',got[i])});console.log({n:cases.length,bad,yes,odd});
