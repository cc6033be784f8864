import { GoogleProvider } from '@cdktf/provider-google/lib/provider';
import { App, TerraformStack } from 'cdktf';
import { AudienceImport } from 'cdktf-audience-import';

const app = new App();
const stack = new TerraformStack(app, 'acme');
new GoogleProvider(stack, 'google', { project: 'ads-imports', region: 'europe-west1' });

new AudienceImport(stack, 'audiences', {
  workspace: 'acme-news',
  projectId: 'ads-imports',
  projectNumber: '123456789012',
  location: 'EU',
  buildServiceAccount: 'function-builder@ads-imports.iam.gserviceaccount.com',
  readers: ['serviceAccount:imports@ad-platform.iam.gserviceaccount.com'],
});

app.synth();
