export { DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT } from '@/lib/adapters/next-mount';
